import type { ImpostorPair } from './impostor-pairs.ts'

/**
 * The lower tail of strangers' scores: a share `share` lies below `start`, and what lies below it
 * falls off exponentially with `scale` (a generalised Pareto tail of shape 0). Scores are bounded,
 * so the true tail falls off faster in the end: beyond the data this errs on the strict side.
 */
export type ScoreTail = {
  readonly start: number
  readonly share: number
  readonly scale: number
  /** Shape by probability-weighted moments: below 0 the tail falls off faster than assumed. */
  readonly shape: number
  /** Pairs that the tail was fitted to. */
  readonly pairs: number
}

/** Fits the lowest `share` of `pairs`, which ascend; each counts as often as `weightOf` says. */
export function fitTail(
  pairs: readonly ImpostorPair[],
  share: number,
  weightOf: (pair: ImpostorPair) => number = () => 1,
): ScoreTail {
  const all = pairs.reduce((sum, pair) => sum + weightOf(pair), 0)
  const within: { readonly score: number; readonly weight: number }[] = []
  let sum = 0
  for (const pair of pairs) {
    if (sum > share * all) break
    const weight = weightOf(pair)
    if (weight > 0) within.push({ score: pair.score, weight })
    sum += weight
  }
  const start = within.at(-1)?.score ?? 0
  const excesses = within
    .slice(0, -1)
    .map(({ score, weight }) => ({ excess: start - score, weight }))
  const weights = excesses.reduce((total, { weight }) => total + weight, 0)
  const scale = excesses.reduce((total, { excess, weight }) => total + weight * excess, 0) / weights
  return {
    start,
    share: weights / all,
    scale,
    shape: shapeOf(excesses, weights, scale),
    pairs: excesses.length,
  }
}

/** The score that a share `share` of strangers does not exceed. */
export function tailQuantile(tail: ScoreTail, share: number): number {
  return tail.start - tail.scale * Math.log(tail.share / share)
}

/** The share of strangers at or below a score, by the tail: its own share at most. */
export function tailShareAt(tail: ScoreTail, score: number): number {
  return tail.share * Math.exp(Math.min(0, (score - tail.start) / tail.scale))
}

/** Hosking and Wallis 1987, with the sign at which below 0 means a bounded tail. */
function shapeOf(
  excesses: readonly { readonly excess: number; readonly weight: number }[],
  weights: number,
  mean: number,
): number {
  // Excesses descend, so the weight before one is that of all larger ones.
  let [larger, moment] = [0, 0]
  for (const { excess, weight } of excesses) {
    moment += weight * excess * ((larger + weight / 2) / weights)
    larger += weight
  }
  const first = moment / weights
  return 2 - mean / (mean - 2 * first)
}
