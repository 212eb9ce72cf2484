import { concat } from '../../../protocol/bytes.ts'
import type { EyeImage } from '../eye-set.ts'
import { type Capture, capturesOf } from './captures.ts'
import type { EvaluationAnswer, EvaluationTask } from './evaluation-worker.ts'
import { emptyPairTable, type PairTable } from './pair-table.ts'
import type { Progress } from './progress.ts'
import type { ThreadPool } from './thread-pool.ts'

/** The threads of an evaluation, and how it shows its way and is stopped. */
export type Workshop = {
  readonly threads: ThreadPool<EvaluationTask, EvaluationAnswer>
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** A set of images after encoding. */
export type EncodedSet = {
  readonly captures: readonly Capture[]
  /** Records of the encoded images one after another, in memory that threads share. */
  readonly templates: Uint8Array
  readonly encoded: number
  readonly refusals: readonly { readonly path: string; readonly reason: string }[]
  /** Time of each encoding, milliseconds, ascending. */
  readonly times: readonly number[]
}

/** Rows of a pair table are dealt out in this many parts, so that the bar moves. */
const SCORE_PARTS = 64

/** Encodes all images of a set. */
export async function encodeSet(
  images: readonly EyeImage[],
  { threads, progress, signal }: Workshop,
): Promise<EncodedSet> {
  const answers = await threads.run(
    images.map(({ file }) => ({ kind: 'encode', file })),
    (done) => progress.show('encoding', done, images.length),
    signal,
  )
  const found = answers.flatMap((answer) => (answer.kind === 'encoded' ? [answer] : []))
  const captures = capturesOf(images, (i) => {
    const answer = answers[i]
    return answer?.kind === 'encoded' ? answer : undefined
  })
  return {
    captures,
    templates: shared(concat(...found.map(({ template }) => template))),
    encoded: found.length,
    refusals: refusalsOf(images, answers),
    times: answers.flatMap((answer) => ('ms' in answer ? [answer.ms] : [])).sort((a, b) => a - b),
  }
}

/** Scores each template of a set against each other. */
export async function scoreSet(
  set: Pick<EncodedSet, 'templates' | 'encoded'>,
  { threads, progress, signal }: Workshop,
): Promise<PairTable> {
  const table = emptyPairTable(set.encoded)
  const parts = Math.min(SCORE_PARTS, Math.ceil(set.encoded / 32))
  const { templates } = set
  const tasks = Array.from(
    { length: parts },
    (_, first) => ({ kind: 'score', templates, words: table.words, first, step: parts }) as const,
  )
  await threads.run(tasks, (done) => progress.show('comparing', done, parts), signal)
  return table
}

/** Scores each template of one set against each of another: words of a pair table, row by row. */
export async function scoreSets(
  set: EncodedSet,
  other: EncodedSet,
  { threads, progress, signal }: Workshop,
): Promise<Uint32Array> {
  const words = new Uint32Array(new SharedArrayBuffer(4 * set.encoded * other.encoded))
  const parts = Math.min(SCORE_PARTS, Math.ceil(set.encoded / 32))
  const { templates } = set
  const columns = other.templates
  const tasks = Array.from(
    { length: parts },
    (_, first) => ({ kind: 'cross', templates, columns, words, first, step: parts }) as const,
  )
  await threads.run(tasks, (done) => progress.show('crossing', done, parts), signal)
  return words
}

/** A copy in memory that threads share. */
export function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

function refusalsOf(
  images: readonly EyeImage[],
  answers: readonly EvaluationAnswer[],
): EncodedSet['refusals'] {
  return images.flatMap(({ path }, i) => {
    const answer = answers[i]
    if (answer?.kind === 'refused') return [{ path, reason: answer.reason }]
    return answer?.kind === 'broken' ? [{ path, reason: answer.problem }] : []
  })
}
