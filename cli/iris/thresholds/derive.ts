import { createRandom } from '../../../hardware/sim/random.ts'
import {
  type DuplicateThresholds,
  MIN_COMMON_BITS,
  THRESHOLD_DENOMINATOR,
} from '../../../protocol/duplicate-rule.ts'
import {
  fitModel,
  type ImpostorModel,
  type MeanModel,
  meanModel,
  modelQuantile,
  modelShare,
  scoresByOverlap,
} from './impostor-model.ts'
import { eyeCorrelation, type ImpostorPair, type ImpostorPairs } from './impostor-pairs.ts'
import { fitTail, type ScoreTail, tailQuantile, tailShareAt } from './tail.ts'

/** What thresholds are derived from. */
export type Measured = {
  readonly oneEye: ImpostorPairs
  readonly twoEyes: ImpostorPairs & { readonly eyes: readonly (readonly [number, number])[] }
}

/** How thresholds are derived. */
export type Derivation = {
  /** Most false candidates expected per enrolment, at each gallery size. */
  readonly falseCandidates: number
  /** Shares of the lowest scores that a tail is fitted to, each by itself; the strictest counts. */
  readonly tailShares: readonly number[]
  readonly replicates: number
  readonly seed: number
}

/** One row: the table's row, what each model allows, in 1/1024, and what is to be expected. */
export type DerivedRow = DuplicateThresholds & {
  /** Share of strangers that one eye, and the mean of two, may call alike. */
  readonly oneEyeShare: number
  readonly bothEyesShare: number
  readonly candidates: Readonly<Record<'oneEye' | 'bothEyes', Readonly<Record<Source, Estimate>>>>
  /** False candidates per enrolment at the row's thresholds, by the worse model. */
  readonly expected: Estimate
}

/** Which model a threshold comes from. */
export type Source = 'betaBinomial' | 'tail'

/** What the fit says, and the pessimistic end of its 95 % interval over resampled persons. */
export type Estimate = { readonly fit: number; readonly bound: number }

/** Fits to one draw of persons. */
type Fits = {
  readonly model: ImpostorModel
  readonly correlation: number
  readonly mean: MeanModel
  readonly oneEye: readonly ScoreTail[]
  readonly twoEyes: readonly ScoreTail[]
}

/** A derived table with the fits behind it. */
export type Derived = {
  readonly fits: Fits
  readonly rows: readonly DerivedRow[]
  /** Largest share of strangers at or below any score that the data show directly: 1 over pairs of persons. */
  readonly smallestShareSeen: number
}

/** Gallery sizes of the table's rows, persons; the last row (more than live) stands for all larger. */
const GALLERIES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e10] as const

/**
 * Thresholds at which a gallery of N strangers is expected to give at most `falseCandidates`, half
 * from either eye and half from the mean. Two models: the beta-binomial one at the *least* overlap
 * that is compared at all, so that it holds for the worst capture and not on average; and the
 * measured tail, which knows of eyes that resemble others. The strictest counts.
 */
export function deriveThresholds(measured: Measured, derivation: Derivation): Derived {
  const fits = fitAll(measured, derivation.tailShares)
  const resampled = resampleFits(measured, derivation, fits.model)
  const estimate = (of: (fits: Fits) => number, pessimist: number): Estimate => ({
    fit: of(fits),
    bound: percentile(resampled.map(of), pessimist) ?? of(fits),
  })
  const rows = GALLERIES.map((size): DerivedRow => {
    const oneEyeShare = derivation.falseCandidates / (4 * size)
    const bothEyesShare = derivation.falseCandidates / (2 * size)
    const threshold = (quantile: (fits: Fits) => number) =>
      estimate((each) => Math.max(0, Math.floor(THRESHOLD_DENOMINATOR * quantile(each))), 0.025)
    const candidates = {
      oneEye: {
        betaBinomial: threshold(({ model }) => modelQuantile(model, oneEyeShare, MIN_COMMON_BITS)),
        tail: threshold((each) => strictestTail(each.oneEye, oneEyeShare)),
      },
      bothEyes: {
        betaBinomial: threshold(({ mean }) => mean.quantile(bothEyesShare)),
        tail: threshold((each) => strictestTail(each.twoEyes, bothEyesShare)),
      },
    }
    const oneEye = strictest(candidates.oneEye)
    const bothEyes = strictest(candidates.bothEyes)
    return {
      upToPersons: size === GALLERIES.at(-1) ? Number.MAX_SAFE_INTEGER : size,
      oneEye,
      bothEyes,
      oneEyeShare,
      bothEyesShare,
      candidates,
      expected: estimate((each) => size * falseShare(each, oneEye, bothEyes), 0.975),
    }
  })
  const { persons } = measured.oneEye
  return { fits, rows, smallestShareSeen: 1 / Math.max(1, persons * (persons - 1)) }
}

/** Share of strangers that become a candidate at thresholds in 1/1024, by the worse model. */
function falseShare(fits: Fits, oneEye: number, bothEyes: number): number {
  const [one, both] = [oneEye / THRESHOLD_DENOMINATOR, bothEyes / THRESHOLD_DENOMINATOR]
  const eye = Math.max(modelShare(fits.model, one, MIN_COMMON_BITS), worstShare(fits.oneEye, one))
  return 2 * eye + Math.max(fits.mean.shareAt(both), worstShare(fits.twoEyes, both))
}

function strictestTail(tails: readonly ScoreTail[], share: number): number {
  return Math.min(...tails.map((tail) => tailQuantile(tail, share)))
}

function worstShare(tails: readonly ScoreTail[], score: number): number {
  return Math.max(...tails.map((tail) => tailShareAt(tail, score)))
}

function fitAll(
  { oneEye, twoEyes }: Measured,
  tailShares: readonly number[],
  weightOf?: (pair: ImpostorPair) => number,
  start?: ImpostorModel,
): Fits {
  const model = fitModel(scoresByOverlap(oneEye.pairs, weightOf), start)
  const correlation = eyeCorrelation(twoEyes.eyes)
  return {
    model,
    correlation,
    mean: meanModel(model, MIN_COMMON_BITS, correlation),
    oneEye: tailShares.map((share) => fitTail(oneEye.pairs, share, weightOf)),
    twoEyes: tailShares.map((share) => fitTail(twoEyes.pairs, share, weightOf)),
  }
}

/** Fits to persons drawn with replacement, as the intervals of an evaluation are made. */
function resampleFits(measured: Measured, derivation: Derivation, start: ImpostorModel): Fits[] {
  const random = createRandom(derivation.seed)
  const { persons } = measured.oneEye
  return Array.from({ length: derivation.replicates }, () => {
    const draws = new Float64Array(persons)
    for (let i = 0; i < persons; i++) {
      const person = random.int(persons)
      draws[person] = (draws[person] as number) + 1
    }
    const weightOf = ({ first, second }: ImpostorPair) =>
      (draws[first] as number) * (draws[second] as number)
    return fitAll(measured, derivation.tailShares, weightOf, start)
  })
}

/** A percentile by nearest rank; undefined of nothing. */
function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

function strictest({ betaBinomial, tail }: Readonly<Record<Source, Estimate>>): number {
  return Math.min(betaBinomial.fit, tail.fit)
}
