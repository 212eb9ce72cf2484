import { createRandom } from '../../../hardware/sim/random.ts'
import { type DetPoint, detCurve, type ErrorRates, errorRates } from './figures.ts'
import { countTrials, rankedTrials, type Trials } from './trials.ts'

/** Ends of a 95 % interval of a rate 0..1, or null where too few resamples could say. */
export type Interval = readonly [low: number, high: number] | null

/** What resampling says about an evaluation's rates. */
export type Intervals = {
  readonly eer: Interval
  readonly fnmr_at_1e3: Interval
  readonly fnmr_at_1e4: Interval
  readonly fnmr_at_zero_fm: Interval
  /** FNMR between `low` and `high` at each FMR, for a plot. */
  readonly det: readonly DetBand[]
  /** Persons with a genuine comparison. */
  readonly persons: number
  /**
   * Where no error is seen an interval shows nothing: with 95 % confidence at most this share of
   * persons has one (none seen in `persons` independent ones).
   */
  readonly bound_if_none: number
}

/** One place of a DET curve's band. */
export type DetBand = { readonly fmr: number; readonly low: number; readonly high: number }

/** How a bootstrap is drawn; the same seed gives the same intervals. */
export type Resampling = { readonly replicates: number; readonly seed: number }

/** FMRs at which a band is given: eight a decade from 1e-6 to 1. */
const BAND_FMRS: readonly number[] = Array.from({ length: 49 }, (_, i) => 10 ** (i / 8 - 6))

/**
 * 95 % percentile intervals by drawing persons with replacement (pairs of one person hang
 * together, so pairs are not drawn): a pair weighs the product of its persons' draws, and copies of
 * one person are never compared as strangers.
 */
export function bootstrapIntervals(trials: Trials, { replicates, seed }: Resampling): Intervals {
  const random = createRandom(seed)
  const { ranked, binCount } = rankedTrials(trials)
  const drawn: { rates: ErrorRates; fnmrs: readonly number[] }[] = []
  for (let replicate = 0; replicate < replicates; replicate++) {
    const weights = new Float64Array(trials.persons)
    for (let i = 0; i < trials.persons; i++) {
      const person = random.int(trials.persons)
      weights[person] = (weights[person] as number) + 1
    }
    const counts = countTrials(ranked, weights, binCount)
    const curve = detCurve(counts)
    drawn.push({ rates: errorRates(counts, curve), fnmrs: fnmrsAt(curve, BAND_FMRS) })
  }
  const genuine = genuinePersons(trials)
  const of = (name: keyof ErrorRates) => intervalOf(drawn.flatMap(({ rates }) => rates[name] ?? []))
  return {
    eer: of('eer'),
    fnmr_at_1e3: of('fnmr_at_1e3'),
    fnmr_at_1e4: of('fnmr_at_1e4'),
    fnmr_at_zero_fm: of('fnmr_at_zero_fm'),
    det: BAND_FMRS.flatMap((fmr, i) => {
      const interval = intervalOf(drawn.map(({ fnmrs }) => fnmrs[i] as number))
      return interval ? [{ fmr, low: interval[0], high: interval[1] }] : []
    }),
    persons: genuine,
    bound_if_none: genuine === 0 ? 1 : 1 - 0.05 ** (1 / genuine),
  }
}

function genuinePersons({ first, isGenuine }: Trials): number {
  return new Set(first.filter((_, i) => isGenuine[i] === 1)).size
}

/** FNMR of the loosest threshold that keeps each FMR; both lists ascend in FMR. */
function fnmrsAt(curve: readonly DetPoint[], fmrs: readonly number[]): readonly number[] {
  let place = 0
  return fmrs.map((fmr) => {
    while (place + 1 < curve.length && (curve[place + 1]?.fmr ?? 1) <= fmr) place++
    return curve[place]?.fnmr ?? 1
  })
}

/** The 2.5th and 97.5th percentile, nearest rank; null below 40 values. */
export function intervalOf(values: readonly number[]): Interval {
  if (values.length < 40) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0
  return [at(0.025), at(0.975)]
}
