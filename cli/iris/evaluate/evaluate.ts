import { availableParallelism } from 'node:os'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Io } from '../../io.ts'
import type { EyeImage } from '../eye-set.ts'
import { bootstrapIntervals, type Intervals, type Resampling } from './bootstrap.ts'
import {
  type Capture,
  isUsable,
  oneEyePresentations,
  type Presentation,
  personCount,
  twoEyePresentations,
} from './captures.ts'
import { type EncodedSet, encodeSet, scoreSet, scoreSets, type Workshop } from './encoded-set.ts'
import type { EvaluationAnswer, EvaluationTask } from './evaluation-worker.ts'
import { singleImageTrials } from './eye-protocols.ts'
import { type Figures, figuresOf, type ScoreCounts } from './figures.ts'
import { type ScoredPresentations, scoreFused } from './fused-frames.ts'
import { fractionOf, type PairTable } from './pair-table.ts'
import { progressBar } from './progress.ts'
import { openThreads } from './thread-pool.ts'
import { countTrials } from './trials.ts'

/** An evaluation of a set: its figures, the counts behind them, and what gave no template. */
export type Evaluation = {
  readonly images: number
  readonly refusals: EncodedSet['refusals']
  readonly figures: Figures
  readonly counts: ScoreCounts
  readonly intervals: Intervals
  readonly captures: readonly Capture[]
  readonly persons: number
  readonly table: PairTable
  readonly msP50: number
  readonly msP95: number
  /** Scores across sets, where there is a second one. */
  readonly across?: Across
  /** Codes fused over frames, where several make one. */
  readonly fused?: FusedProtocols
}

/** Presentations of one eye and of both, the frames of each eye fused to one template. */
export type FusedProtocols = {
  readonly oneEye: ScoredPresentations
  readonly twoEyes: ScoredPresentations
}

/** Scores (fractions, NaN where not compared) of a set's images against another's. */
export type Across = {
  readonly images: number
  readonly refusals: EncodedSet['refusals']
  readonly scores: readonly number[]
}

const WORKER = new URL('./evaluation-worker.js', import.meta.url)
/** All pairs are kept: this many images make 0.3 GB of scores and some hours of work. */
const MAX_IMAGES = 12_000

/** What is evaluated besides the set itself. */
export type EvaluationSetting = {
  /** Another set, all of whose persons are strangers. */
  readonly others: readonly EyeImage[] | undefined
  /** Images of an eye that make one template; 1 for none but single ones. */
  readonly frames: number
  readonly resampling: Resampling
}

/** Encodes all images and compares each with each, an eye (subject and side) being one identity. */
export async function evaluateEyes(
  images: readonly EyeImage[],
  { others, frames, resampling }: EvaluationSetting,
  io: Io,
): Promise<Evaluation> {
  if (Math.max(images.length, others?.length ?? 0) > MAX_IMAGES) {
    throw new PersonhoodError('call.usage', `at most ${MAX_IMAGES} images at once: use --split`)
  }
  const progress = progressBar(io)
  // A thread takes a while to start: a few images are quicker on one.
  const size = Math.min(8, availableParallelism(), Math.ceil(images.length / 8))
  const threads = openThreads<EvaluationTask, EvaluationAnswer>(WORKER, size)
  const workshop = { threads, progress, signal: io.signal }
  try {
    const set = await encodeSet(images, workshop)
    const table = await scoreSet(set, workshop)
    const across = others && (await scoreAcrossSets(set, others, workshop))
    const fused = frames > 1 ? await fuseProtocols(set, frames, workshop) : undefined
    progress.end()
    const evaluation = evaluationOf(set, table, resampling)
    return { ...evaluation, ...(across && { across }), ...(fused && { fused }) }
  } finally {
    progress.end()
    await threads.close()
  }
}

function evaluationOf(set: EncodedSet, table: PairTable, resampling: Resampling): Evaluation {
  const { captures, refusals, times } = set
  const persons = personCount(captures)
  const trials = singleImageTrials(captures, persons, table)
  const counts = countTrials(trials)
  return {
    images: captures.length,
    refusals,
    figures: figuresOf(counts),
    counts,
    intervals: bootstrapIntervals(trials, resampling),
    captures,
    persons,
    table,
    msP50: quantile(times, 0.5),
    msP95: quantile(times, 0.95),
  }
}

async function fuseProtocols(
  set: EncodedSet,
  frames: number,
  workshop: Workshop,
): Promise<FusedProtocols> {
  const usable = (presentations: readonly Presentation[]) => presentations.filter(isUsable)
  const { captures } = set
  return {
    oneEye: await scoreFused(usable(oneEyePresentations(captures, frames)), set, workshop),
    twoEyes: await scoreFused(usable(twoEyePresentations(captures, frames)), set, workshop),
  }
}

async function scoreAcrossSets(
  set: EncodedSet,
  others: readonly EyeImage[],
  workshop: Workshop,
): Promise<Across> {
  const other = await encodeSet(others, workshop)
  const words = await scoreSets(set, other, workshop)
  return {
    images: others.length,
    refusals: other.refusals,
    scores: Array.from(words, fractionOf),
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
