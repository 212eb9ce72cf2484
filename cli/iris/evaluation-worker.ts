import { parentPort } from 'node:worker_threads'
import { PersonhoodError } from '../../protocol/errors.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'
import { encodeFile } from './encode-file.ts'
import type { ScoreCounts } from './figures.ts'
import { type EncodedSet, scorePairs } from './score-pairs.ts'

/** Work for a thread: encode one file, or score every `step`th row of all pairs. */
export type EvaluationTask =
  | { readonly kind: 'encode'; readonly file: string }
  | {
      readonly kind: 'score'
      readonly set: EncodedSet
      readonly first: number
      readonly step: number
    }

/** What a thread answers. */
export type EvaluationAnswer =
  | { readonly kind: 'encoded'; readonly template: Uint8Array; readonly ms: number }
  | { readonly kind: 'refused'; readonly reason: string; readonly ms: number }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'scored'; readonly counts: ScoreCounts }

async function answer(task: EvaluationTask): Promise<EvaluationAnswer> {
  if (task.kind === 'score') {
    return { kind: 'scored', counts: scorePairs(task.set, task.first, task.step) }
  }
  try {
    const { result, ms } = await encodeFile(task.file)
    if (result.outcome === 'refused') return { kind: 'refused', reason: result.reason, ms }
    return { kind: 'encoded', template: encodeIrisTemplate(result.template), ms }
  } catch (error) {
    if (error instanceof PersonhoodError) return { kind: 'broken', problem: error.message }
    if (error instanceof Error && 'syscall' in error) {
      return { kind: 'broken', problem: `${task.file}: ${error.message}` }
    }
    throw error
  }
}

parentPort?.on('message', (task: EvaluationTask) => {
  answer(task).then(
    (message) => parentPort?.postMessage(message),
    // A fault of ours: ends the thread, which the pool reports.
    (error: unknown) => {
      setImmediate(() => {
        throw error
      })
    },
  )
})
