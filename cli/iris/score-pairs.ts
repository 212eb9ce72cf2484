import { compareIris } from '../../biometrics/iris/compare.ts'
import {
  decodeIrisTemplate,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'
import { emptyCounts, SCORE_BINS, type ScoreCounts } from './figures.ts'

/** Templates one after another, and a number for the eye that each shows. */
export type EncodedSet = {
  readonly templates: Uint8Array
  readonly eyes: Int32Array
}

/** Counts the scores of the pairs (i, j), j < i, for the rows i = first, first + step, … */
export function scorePairs(set: EncodedSet, first: number, step: number): ScoreCounts {
  const templates = decodeAll(set.templates)
  const counts = emptyCounts()
  for (let i = first; i < templates.length; i += step) {
    for (let j = 0; j < i; j++) {
      const isGenuine = set.eyes[i] === set.eyes[j]
      countPair(counts, templates[i] as IrisTemplate, templates[j] as IrisTemplate, isGenuine)
    }
  }
  return counts
}

function countPair(
  counts: ScoreCounts,
  a: IrisTemplate,
  b: IrisTemplate,
  isGenuine: boolean,
): void {
  const comparison = compareIris(a, b)
  if (comparison.outcome === 'could-not-compare') {
    if (isGenuine) counts.genuineWithoutScore++
    else counts.impostorWithoutScore++
    return
  }
  const { numeratorBits, commonBits } = comparison.score
  const bin = Math.floor((numeratorBits * SCORE_BINS) / commonBits)
  const bins = isGenuine ? counts.genuine : counts.impostor
  bins[bin] = (bins[bin] ?? 0) + 1
}

function decodeAll(bytes: Uint8Array): readonly IrisTemplate[] {
  return Array.from({ length: bytes.length / IRIS_TEMPLATE_BYTES }, (_, i) =>
    decodeIrisTemplate(bytes.subarray(i * IRIS_TEMPLATE_BYTES, (i + 1) * IRIS_TEMPLATE_BYTES)),
  )
}
