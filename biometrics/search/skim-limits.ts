import type { SiftWeights } from './sift-weights.ts'

/**
 * Limits on step x differing bits - masked x common positions of a sketch at its best rotation:
 * `first` for its first part, `second` for both (kernel/sketch.ts). Above either, an eye is passed
 * over.
 */
export type SkimLimits = SiftWeights & { readonly first: number; readonly second: number }

/*
 * Chosen on synthetic mates of one eye whose distances are uniform up to the threshold, and
 * confirmed on other seeds (docs/search.md). The first limit lies about 20 above the worst of 18,000
 * such mates, where misses become about five times fewer; the second passes over what the first
 * part let through by chance, and lies higher still, for pairs with little in common.
 */
const BASE = 342
const FIRST_AT_BASE = 10
const FIRST_PER_STEP = 0.55
const SECOND_AT_BASE = 10
const SECOND_PER_STEP = 0.7

/** Limits for candidates whose better eye is at or below `oneEye`, in 1/1024. */
export function skimLimits(oneEye: number): SkimLimits {
  const above = oneEye - BASE
  return {
    step: 5,
    masked: 4,
    first: Math.ceil(FIRST_AT_BASE + FIRST_PER_STEP * above),
    second: Math.ceil(SECOND_AT_BASE + SECOND_PER_STEP * above),
  }
}
