import { THRESHOLD_DENOMINATOR } from '../../protocol/duplicate-rule.ts'

/**
 * Small whole numbers that stand for a threshold: nothing at or below it has
 * `step` x differing bits > `masked` x common positions.
 */
export type SiftWeights = { readonly step: number; readonly masked: number }

/*
 * A byte lane of the kernel holds eight symbols of three rows, each at most 2 x step: step <= 5. A
 * 16-bit lane holds the sum, at least -masked x 8,192: masked <= 4. By rising threshold.
 */
const WEIGHTS: readonly SiftWeights[] = [
  { step: 4, masked: 2 },
  { step: 5, masked: 3 },
  { step: 3, masked: 2 },
  { step: 4, masked: 3 },
  { step: 5, masked: 4 },
]

/** The tightest weights for a threshold in 1/1024; undefined where it is too wide to sift by. */
export function siftWeights(threshold: number): SiftWeights | undefined {
  return WEIGHTS.find(({ step, masked }) => masked * THRESHOLD_DENOMINATOR >= threshold * 2 * step)
}
