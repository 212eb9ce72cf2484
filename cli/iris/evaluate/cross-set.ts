import { THRESHOLD_DENOMINATOR } from '../../../protocol/duplicate-rule.ts'

/** What the impostor pairs across two sets say: all their persons are strangers. */
export type CrossSet = {
  readonly images: number
  readonly refused: number
  readonly impostor: number
  readonly could_not_compare: number
  readonly mean: number | null
  readonly sd: number | null
  readonly least: number | null
  /** False match rate across sets at the first set's threshold for FMR 1e-3 and 1e-4. */
  readonly fmr_at_threshold_1e3: number | null
  readonly fmr_at_threshold_1e4: number | null
  /** Pairs at or below T1 of the duplicate rule for the smallest gallery. */
  readonly at_most_t1: number
}

/** What is measured across sets besides the scores: images of the second set and thresholds. */
export type CrossSetting = {
  readonly images: number
  readonly refused: number
  /** Thresholds of the first set, fractions of differing bits; null where it is too small. */
  readonly threshold1e3: number | null
  readonly threshold1e4: number | null
  /** T1 in 1/1024. */
  readonly oneEye: number
}

/** Sums up the scores (fractions, NaN where not compared) of images of one set against another's. */
export function crossSet(scores: readonly number[], setting: CrossSetting): CrossSet {
  const compared = scores.filter((score) => !Number.isNaN(score)).sort((a, b) => a - b)
  const count = compared.length
  const mean = compared.reduce((sum, score) => sum + score, 0) / count
  const variance = compared.reduce((sum, score) => sum + (score - mean) ** 2, 0) / count
  const atMost = (threshold: number) => compared.filter((score) => score <= threshold).length
  const rate = (threshold: number | null) =>
    threshold === null || scores.length === 0 ? null : atMost(threshold) / scores.length
  const rounded = (value: number) => (count === 0 ? null : Number(value.toFixed(4)))
  return {
    images: setting.images,
    refused: setting.refused,
    impostor: scores.length,
    could_not_compare: scores.length - count,
    mean: rounded(mean),
    sd: rounded(Math.sqrt(variance)),
    least: rounded(compared[0] ?? 0),
    fmr_at_threshold_1e3: rate(setting.threshold1e3),
    fmr_at_threshold_1e4: rate(setting.threshold1e4),
    at_most_t1: atMost(setting.oneEye / THRESHOLD_DENOMINATOR),
  }
}
