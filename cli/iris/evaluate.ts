import { availableParallelism } from 'node:os'
import { concat } from '../../protocol/bytes.ts'
import type { Io } from '../io.ts'
import type { EvaluationAnswer, EvaluationTask } from './evaluation-worker.ts'
import type { EyeImage } from './eye-set.ts'
import { addCounts, emptyCounts, type Figures, figuresOf, type ScoreCounts } from './figures.ts'
import { type Progress, progressBar } from './progress.ts'
import type { EncodedSet } from './score-pairs.ts'
import { openThreads, type ThreadPool } from './thread-pool.ts'

/** An evaluation of a set: its figures, the counts behind them, and what gave no template. */
export type Evaluation = {
  readonly images: number
  readonly refusals: readonly { readonly path: string; readonly reason: string }[]
  readonly figures: Figures
  readonly counts: ScoreCounts
  readonly msP50: number
  readonly msP95: number
}

const WORKER = new URL('./evaluation-worker.js', import.meta.url)
/** Rows of the pair table are dealt out in this many parts, so that the bar moves. */
const SCORE_PARTS = 64

/** Encodes all images and compares each with each, an eye (subject and side) being one identity. */
export async function evaluateEyes(images: readonly EyeImage[], io: Io): Promise<Evaluation> {
  const progress = progressBar(io)
  // A thread takes a while to start: a few images are quicker on one.
  const size = Math.min(8, availableParallelism(), Math.ceil(images.length / 8))
  const threads = openThreads<EvaluationTask, EvaluationAnswer>(WORKER, size)
  try {
    const answers = await threads.run(
      images.map(({ file }) => ({ kind: 'encode', file })),
      (done) => progress.show('encoding', done, images.length),
      io.signal,
    )
    const set = encodedSet(images, answers)
    const counts = await scoreSet(set, threads, progress, io.signal)
    const times = answers.flatMap((answer) => ('ms' in answer ? [answer.ms] : []))
    times.sort((a, b) => a - b)
    return {
      images: images.length,
      refusals: refusalsOf(images, answers),
      figures: figuresOf(counts),
      counts,
      msP50: quantile(times, 0.5),
      msP95: quantile(times, 0.95),
    }
  } finally {
    progress.end()
    await threads.close()
  }
}

async function scoreSet(
  set: EncodedSet,
  threads: ThreadPool<EvaluationTask, EvaluationAnswer>,
  progress: Progress,
  signal: AbortSignal,
): Promise<ScoreCounts> {
  const sum = emptyCounts()
  const parts = Math.min(SCORE_PARTS, Math.ceil(set.eyes.length / 32))
  const tasks = Array.from(
    { length: parts },
    (_, first) => ({ kind: 'score', set, first, step: parts }) as const,
  )
  const show = (done: number) => progress.show('comparing', done, parts)
  for (const answer of await threads.run(tasks, show, signal)) {
    if (answer.kind === 'scored') addCounts(sum, answer.counts)
  }
  return sum
}

/** Templates side by side in shared memory, which the threads read without copies. */
function encodedSet(images: readonly EyeImage[], answers: readonly EvaluationAnswer[]): EncodedSet {
  const numbers = new Map<string, number>()
  const templates: Uint8Array[] = []
  const eyes: number[] = []
  images.forEach(({ subject, eye }, i) => {
    const answer = answers[i]
    if (answer?.kind !== 'encoded') return
    const identity = `${subject},${eye}`
    const number = numbers.get(identity) ?? numbers.size
    numbers.set(identity, number)
    templates.push(answer.template)
    eyes.push(number)
  })
  const bytes = concat(...templates)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return { templates: shared, eyes: Int32Array.from(eyes) }
}

function refusalsOf(
  images: readonly EyeImage[],
  answers: readonly EvaluationAnswer[],
): Evaluation['refusals'] {
  return images.flatMap(({ path }, i) => {
    const answer = answers[i]
    if (answer?.kind === 'refused') return [{ path, reason: answer.reason }]
    return answer?.kind === 'broken' ? [{ path, reason: answer.problem }] : []
  })
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
