import { type DuplicateThresholds, duplicateThresholds } from '../../../protocol/duplicate-rule.ts'
import type { Derived } from './derive.ts'
import { modelShare } from './impostor-model.ts'
import type { ImpostorPairs } from './impostor-pairs.ts'

/** True when the table of `protocol/duplicate-rule.ts` is the derived one. */
export function isTableInForce(rows: readonly DuplicateThresholds[]): boolean {
  return rows.every(({ upToPersons, oneEye, bothEyes }) => {
    const inForce = duplicateThresholds(upToPersons)
    return (
      inForce.upToPersons === upToPersons &&
      inForce.oneEye === oneEye &&
      inForce.bothEyes === bothEyes
    )
  })
}

/** Observed and modelled counts of strangers at or below some scores. */
export type TailCheck = {
  readonly score: number
  readonly observed: number
  readonly modelled: number
}

/** How well the beta-binomial model foretells the tail of the pairs it was fitted to, or of others. */
export function tailCheck({ pairs }: ImpostorPairs, { fits }: Derived): readonly TailCheck[] {
  return [0.43, 0.42, 0.41, 0.4, 0.39, 0.38].map((score) => ({
    score,
    observed: pairs.filter((pair) => pair.score <= score).length,
    modelled: Number(
      pairs
        .reduce((sum, { commonBits }) => sum + modelShare(fits.model, score, commonBits), 0)
        .toPrecision(3),
    ),
  }))
}

/** Mean and standard deviation of scores. */
export function spreadOf({ pairs }: ImpostorPairs): { readonly mean: number; readonly sd: number } {
  const mean = pairs.reduce((sum, { score }) => sum + score, 0) / pairs.length
  const variance = pairs.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / pairs.length
  return { mean: Number(mean.toFixed(4)), sd: Number(Math.sqrt(variance).toFixed(4)) }
}

/** The rows as they stand in `protocol/duplicate-rule.ts`. */
export function tableText(rows: readonly DuplicateThresholds[]): string {
  return rows
    .map(({ upToPersons, oneEye, bothEyes }) => {
      const size = upToPersons === Number.MAX_SAFE_INTEGER ? 'Number.MAX_SAFE_INTEGER' : upToPersons
      const grouped = String(size).replace(/^\d{5,}$/, (digits) =>
        digits.replace(/\B(?=(\d{3})+$)/g, '_'),
      )
      return `  { upToPersons: ${grouped}, oneEye: ${oneEye}, bothEyes: ${bothEyes} },`
    })
    .join('\n')
}

/** What the data cannot support, in sentences. */
export function limitsText({ rows, smallestShareSeen }: Derived): readonly string[] {
  const decades = (share: number) => Math.log10(smallestShareSeen / share).toFixed(1)
  return [
    `The pairs show shares down to ${smallestShareSeen.toExponential(1)} (one in all pairs of eyes of two persons).`,
    ...rows.map(
      ({ upToPersons, oneEyeShare, bothEyesShare, expected }) =>
        `  up to ${upToPersons}: needs ${oneEyeShare.toExponential(1)} (one eye) and ${bothEyesShare.toExponential(1)} (mean): ` +
        `${decades(oneEyeShare)} and ${decades(bothEyesShare)} powers of ten beyond the data; false candidates per ` +
        `enrolment ${expected.fit.toExponential(1)}, pessimistically ${expected.bound.toExponential(1)}`,
    ),
    'Every row is extrapolation: one camera, one visit, few persons; relatives, other cameras and ages are not in it.',
  ]
}
