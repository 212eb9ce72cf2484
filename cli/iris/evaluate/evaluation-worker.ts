import { parentPort } from 'node:worker_threads'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import { encodeFile } from '../encode-file.ts'
import { type CrossPart, type PairPart, scoreAcross, scorePairs } from './score-pairs.ts'

/** Work for a thread: encode one file, or score some rows of pairs into shared memory. */
export type EvaluationTask =
  | { readonly kind: 'encode'; readonly file: string }
  | ({ readonly kind: 'score' } & PairPart)
  | ({ readonly kind: 'cross' } & CrossPart)

/** What a thread answers. */
export type EvaluationAnswer =
  | {
      readonly kind: 'encoded'
      readonly template: Uint8Array
      readonly quality: number
      readonly ms: number
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly ms: number }
  | { readonly kind: 'broken'; readonly problem: string }
  | { readonly kind: 'scored' }

async function answer(task: EvaluationTask): Promise<EvaluationAnswer> {
  if (task.kind !== 'encode') {
    const kernel = await loadKernel()
    if (task.kind === 'score') scorePairs(task, kernel)
    else scoreAcross(task, kernel)
    return { kind: 'scored' }
  }
  try {
    const { result, ms } = await encodeFile(task.file)
    if (result.outcome === 'refused') return { kind: 'refused', reason: result.reason, ms }
    const template = encodeIrisTemplate(result.template)
    return { kind: 'encoded', template, quality: result.quality.score, ms }
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
