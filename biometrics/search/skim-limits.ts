/**
 * Limits on an eye's sums at its best rotation (kernel/sketch.ts): of two sets of coarse rows, of
 * three, and of the whole sketch. Above any of them, an eye is passed over.
 */
export type SkimLimits = { readonly two: number; readonly three: number; readonly all: number }

/*
 * Chosen on 14,000 synthetic mates of one eye whose distances are uniform up to .40: some 10 to 40
 * above the worst of those at or below each threshold, where misses become several times fewer. They
 * are confirmed on other seeds by `personhood bench search`; docs/search.md states the figures.
 */
const BASE = 342
const TWO = { atBase: 12, perStep: 0.55 }
const THREE = { atBase: 16, perStep: 0.5 }
const ALL = { atBase: 20, perStep: 1.8 }

/** Limits for a search whose threshold for one eye is `oneEye`, in 1/1024. */
export function skimLimits(oneEye: number): SkimLimits {
  const at = ({ atBase, perStep }: typeof TWO) => Math.ceil(atBase + perStep * (oneEye - BASE))
  return { two: at(TWO), three: at(THREE), all: at(ALL) }
}
