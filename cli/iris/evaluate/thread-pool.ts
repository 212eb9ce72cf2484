import { Worker } from 'node:worker_threads'
import { PersonhoodError } from '../../../protocol/errors.ts'

/** Threads of one script, which answers each message with one message. */
export type ThreadPool<Task, Answer> = {
  /**
   * The answers in the order of the tasks. A thread that dies, or `signal`, rejects the whole; the
   * deadline is the operator's patience (Ctrl-C).
   */
  readonly run: (
    tasks: readonly Task[],
    onAnswer: (done: number) => void,
    signal: AbortSignal,
  ) => Promise<readonly Answer[]>
  readonly close: () => Promise<void>
}

/** Starts `size` threads. */
export function openThreads<Task, Answer>(script: URL, size: number): ThreadPool<Task, Answer> {
  // Without the options of this process: a thread needs no hooks of a test runner.
  const threads = Array.from({ length: size }, () => new Worker(script, { execArgv: [] }))
  return {
    async run(tasks, onAnswer, signal) {
      const answers = new Array<Answer>(tasks.length)
      let next = 0
      let done = 0
      const serve = async (thread: Worker): Promise<void> => {
        while (next < tasks.length) {
          const index = next++
          answers[index] = await ask<Task, Answer>(thread, tasks[index] as Task, signal)
          done++
          onAnswer(done)
        }
      }
      await Promise.all(threads.map(serve))
      return answers
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()))
    },
  }
}

function ask<Task, Answer>(thread: Worker, task: Task, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      thread.off('message', onMessage)
      thread.off('error', onError)
      thread.off('exit', onExit)
      signal.removeEventListener('abort', onAbort)
      act()
    }
    const onMessage = (answer: Answer) => settle(() => resolve(answer))
    const onError = (error: unknown) => settle(() => reject(error))
    const onExit = (code: number) => onError(new Error(`a worker thread ended with ${code}`))
    const onAbort = () => onError(new PersonhoodError('call.aborted', 'stopped before the end'))
    thread.on('message', onMessage)
    thread.on('error', onError)
    thread.on('exit', onExit)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    else thread.postMessage(task)
  })
}
