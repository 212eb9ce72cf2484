import type { Capture } from './captures.ts'
import { SCORE_BINS } from './figures.ts'
import { fractionOf, type PairTable, wordAt } from './pair-table.ts'

/** A band of quality: a pair belongs to the band of its worse image. */
export type QualityBand = {
  /** Quality scores from `least` to below `most` (the last band includes 100). */
  readonly least: number
  readonly most: number
  readonly images: number
  readonly genuine: number
  readonly impostor: number
  /** Share of genuine pairs above the threshold, those without a score included; null without pairs. */
  readonly fnmr: number | null
  /** Share of impostor pairs at or below the threshold; null without pairs. */
  readonly fmr: number | null
}

const BAND_WIDTH = 20

/** Error rates by quality at one `threshold` (fraction of differing bits) for all. */
export function qualityBands(
  captures: readonly Capture[],
  table: PairTable,
  threshold: number,
): readonly QualityBand[] {
  const bands = Array.from({ length: 100 / BAND_WIDTH }, () => ({
    images: 0,
    genuine: { pairs: 0, atMost: 0 },
    impostor: { pairs: 0, atMost: 0 },
  }))
  type Band = (typeof bands)[number]
  const bandOf = (quality: number) =>
    bands[Math.min(bands.length - 1, Math.floor(quality / BAND_WIDTH))] as Band
  const shown = captures.filter(({ template }) => template !== undefined)
  shown.forEach((a, i) => {
    bandOf(a.quality ?? 0).images++
    for (const b of shown.slice(0, i)) {
      const band = bandOf(Math.min(a.quality ?? 0, b.quality ?? 0))
      const side = a.person === b.person && a.eye === b.eye ? band.genuine : band.impostor
      const score = fractionOf(wordAt(table, a.template as number, b.template as number))
      side.pairs++
      // No score is not at most anything: NaN compares as false.
      side.atMost += score <= threshold ? 1 : 0
    }
  })
  return bands.map(({ images, genuine, impostor }, i) => ({
    least: i * BAND_WIDTH,
    most: (i + 1) * BAND_WIDTH,
    images,
    genuine: genuine.pairs,
    impostor: impostor.pairs,
    fnmr: genuine.pairs === 0 ? null : 1 - genuine.atMost / genuine.pairs,
    fmr: impostor.pairs === 0 ? null : impostor.atMost / impostor.pairs,
  }))
}

/** The loosest threshold (fraction) that keeps `most` false matches among binned impostor scores. */
export function thresholdAt(impostor: Float64Array, withoutScore: number, most: number): number {
  const all = impostor.reduce((sum, count) => sum + count, withoutScore)
  let sum = 0
  for (let bin = 0; bin < impostor.length; bin++) {
    sum += impostor[bin] ?? 0
    if (sum > most * all) return bin / SCORE_BINS - Number.EPSILON
  }
  return 1
}
