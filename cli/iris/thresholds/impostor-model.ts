import { MIN_COMMON_BITS } from '../../../protocol/duplicate-rule.ts'
import { IRIS_COLUMNS, IRIS_ROWS, IRIS_SCALES } from '../../../protocol/iris-template.ts'
import { betaShare } from './beta.ts'
import type { ImpostorPair } from './impostor-pairs.ts'
import { minimise } from './minimise.ts'

/** Code bits of a template: both parts of each response. */
const IRIS_CODE_BITS = 2 * IRIS_SCALES * IRIS_ROWS * IRIS_COLUMNS

/**
 * Beta-binomial model of a stranger's score: at one rotation the differing bits are as those of
 * independent fair bits, fewer than the common bits; the fair share itself spreads from pair to
 * pair; of the rotations so many as `rotations` are independent, and the least score counts.
 */
export type ImpostorModel = {
  /** Independent bits among all 16,384, were they all common. */
  readonly freeBits: number
  /** Spread of the fair share between pairs: what is left of 1/(independent bits) when all are common. */
  readonly spread: number
  /** Independent rotations of the 33. */
  readonly rotations: number
}

/** Share of strangers whose score is at most `score` when `commonBits` could be compared. */
export function modelShare(model: ImpostorModel, score: number, commonBits: number): number {
  const variance = IRIS_CODE_BITS / (model.freeBits * commonBits) + model.spread
  const shape = (1 / variance - 1) / 2
  return -Math.expm1(model.rotations * Math.log1p(-betaShare(score, shape, shape)))
}

/** The score that a share `share` of strangers does not exceed with `commonBits` to compare. */
export function modelQuantile(model: ImpostorModel, share: number, commonBits: number): number {
  let [low, high] = [0.01, 0.5]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (modelShare(model, middle, commonBits) > share) high = middle
    else low = middle
  }
  return low
}

/** Scores by overlap: rows of `SCORE_STEPS` counts, and the mean overlap of each row. */
export type ScoresByOverlap = {
  readonly counts: readonly Float64Array[]
  readonly commonBits: readonly number[]
}

const CLASS_BITS = 1024
const CLASSES = (IRIS_CODE_BITS - MIN_COMMON_BITS) / CLASS_BITS + 1
/** Scores are counted in steps of 1/512 from .36 to .52; beyond they count at the ends. */
const STEPS_AT_ONE = 512
const FIRST_STEP = Math.floor(0.36 * STEPS_AT_ONE)
const SCORE_STEPS = Math.ceil(0.52 * STEPS_AT_ONE) - FIRST_STEP

/** Counts scores by overlap, each pair as often as `weightOf` says. */
export function scoresByOverlap(
  pairs: readonly ImpostorPair[],
  weightOf: (pair: ImpostorPair) => number = () => 1,
): ScoresByOverlap {
  const counts = Array.from({ length: CLASSES }, () => new Float64Array(SCORE_STEPS))
  const bits = new Float64Array(CLASSES)
  const sums = new Float64Array(CLASSES)
  for (const pair of pairs) {
    const weight = weightOf(pair)
    if (weight === 0) continue
    const row = Math.floor((pair.commonBits - MIN_COMMON_BITS) / CLASS_BITS)
    const step = Math.floor(pair.score * STEPS_AT_ONE) - FIRST_STEP
    const place = Math.max(0, Math.min(SCORE_STEPS - 1, step))
    const line = counts[row] as Float64Array
    line[place] = (line[place] as number) + weight
    bits[row] = (bits[row] as number) + weight * pair.commonBits
    sums[row] = (sums[row] as number) + weight
  }
  return { counts, commonBits: [...bits].map((sum, row) => sum / (sums[row] || 1)) }
}

/** Where a fit starts: near what the bulk of real sets gave. */
const START: ImpostorModel = { freeBits: 1500, spread: 3e-4, rotations: 20 }

/** The model under which the counted scores are most likely. */
export function fitModel(scores: ScoresByOverlap, start: ImpostorModel = START): ImpostorModel {
  const modelAt = (at: readonly number[]): ImpostorModel => {
    const [freeBits, spread, rotations] = at.map(Math.exp) as [number, number, number]
    return { freeBits, spread, rotations }
  }
  const from = [start.freeBits, start.spread, start.rotations].map(Math.log)
  return modelAt(minimise((at) => surprise(modelAt(at), scores), from, { tolerance: 1e-8 }))
}

/** Negative log likelihood of the counts. */
function surprise(model: ImpostorModel, { counts, commonBits }: ScoresByOverlap): number {
  let sum = 0
  counts.forEach((line, row) => {
    const bits = commonBits[row] as number
    if (bits === 0) return
    let below = 0
    line.forEach((count, step) => {
      const isLast = step === SCORE_STEPS - 1
      const upTo = isLast ? 1 : modelShare(model, (FIRST_STEP + step + 1) / STEPS_AT_ONE, bits)
      if (count > 0) sum -= count * Math.log(Math.max(1e-300, upTo - below))
      below = upTo
    })
  })
  return sum
}

const GRID = 4096
const GRID_LOW = Math.floor(0.15 * GRID)
const GRID_HIGH = Math.ceil(0.56 * GRID)

/** Distribution of the mean of two eyes' scores of strangers. */
export type MeanModel = {
  /** Share of strangers at or below a mean score. */
  readonly shareAt: (score: number) => number
  /** The mean score that a share of strangers does not exceed. */
  readonly quantile: (share: number) => number
}

/**
 * The mean of two eyes with `commonBits` each: the model's scores of one eye, convolved with
 * themselves; `correlation` of the eyes widens the mean about its middle.
 */
export function meanModel(
  model: ImpostorModel,
  commonBits: number,
  correlation: number,
): MeanModel {
  const sums = selfConvolved(densityOf(model, commonBits))
  const scoreAt = (place: number) => (GRID_LOW + 1 + place / 2) / GRID
  const middle = sums.reduce((sum, p, place) => sum + p * scoreAt(place), 0)
  const width = Math.sqrt(1 + Math.max(0, correlation))
  let below = 0
  const shares = sums.map((p) => {
    below += p
    return below
  })
  return {
    shareAt(score) {
      const place = Math.floor(2 * (GRID * (middle + (score - middle) / width) - GRID_LOW - 1))
      return shares[Math.max(0, Math.min(shares.length - 1, place))] ?? 0
    },
    quantile(share) {
      const place = shares.findIndex((sum) => sum > share)
      return middle + (scoreAt(Math.max(0, place)) - middle) * width
    },
  }
}

function densityOf(model: ImpostorModel, commonBits: number): readonly number[] {
  const density: number[] = []
  let before = modelShare(model, GRID_LOW / GRID, commonBits)
  for (let step = GRID_LOW + 1; step <= GRID_HIGH; step++) {
    const upTo = modelShare(model, step / GRID, commonBits)
    density.push(Math.max(0, upTo - before))
    before = upTo
  }
  return density
}

function selfConvolved(density: readonly number[]): Float64Array {
  const sums = new Float64Array(2 * density.length - 1)
  density.forEach((p, i) => {
    density.forEach((q, j) => {
      sums[i + j] = (sums[i + j] as number) + p * q
    })
  })
  return sums
}
