import { compareIris } from '../../biometrics/iris/compare.ts'
import type { IrisTemplate } from '../../protocol/iris-template.ts'
import { usualCapture } from '../capture-qualities.ts'
import { strangerEyes } from '../stranger-eyes.ts'
import { captureTemplate, syntheticIris, type Words } from '../synthetic-irises.ts'

/** Mean and deviation of some figures. */
export type Spread = { readonly mean: number; readonly deviation: number }

/** What the synthetic codes are like; scores are fractions of differing bits at the best of 33 rotations. */
export type CodeStatistics = {
  /** Share of the 8,192 positions that are usable. */
  readonly usable: Spread
  readonly impostor: Spread
  readonly genuine: Spread
}

/**
 * What the encoder gives on real eyes (docs/iris.md) and the generators are set to: strangers .462
 * ± .0105 and usable .58 on the development images; one eye's captures .168 ± .070.
 */
export const STATED: CodeStatistics = {
  usable: { mean: 0.58, deviation: 0.07 },
  impostor: { mean: 0.464, deviation: 0.0096 },
  genuine: { mean: 0.164, deviation: 0.065 },
}

/** Measures the generators: `pairs` pairs of strangers and as many of captures of one eye. */
export function codeStatistics(pairs: number, words: Words): CodeStatistics {
  const gallery = Array.from({ length: pairs }, strangerEyes(words, Math.min(400, pairs)))
  const own = Array.from({ length: pairs }, () => {
    const iris = syntheticIris(words)
    const seen = () => captureTemplate(iris, usualCapture(words), words)
    return [seen(), seen()] as const
  })
  return {
    usable: spread(gallery.map(({ usablePositions }) => usablePositions / 8192)),
    impostor: spread(own.flatMap(([a], i) => scoreOf(a, gallery[i] ?? a))),
    genuine: spread(own.flatMap(([a, b]) => scoreOf(a, b))),
  }
}

function scoreOf(a: IrisTemplate, b: IrisTemplate): readonly number[] {
  const comparison = compareIris(a, b)
  if (comparison.outcome === 'could-not-compare') return []
  return [comparison.score.numeratorBits / comparison.score.commonBits]
}

function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(square) }
}
