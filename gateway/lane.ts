/** Work that is done one piece after the other. */
export type Lane = {
  /** Pieces that wait or run. */
  readonly length: number
  push(task: () => Promise<void>): void
  /** Forgets what waits and resolves when what runs has ended. */
  stop(): Promise<void>
}

/** A lane; what a task throws goes to `onError`, and the next one runs. */
export function createLane(onError: (error: unknown) => void, onSettled: () => void): Lane {
  const waiting: (() => Promise<void>)[] = []
  let running: Promise<void> | undefined
  let isStopped = false

  async function run(): Promise<void> {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      try {
        await task()
      } catch (error) {
        onError(error)
      }
    }
    running = undefined
    onSettled()
  }

  return {
    get length() {
      return waiting.length + (running === undefined ? 0 : 1)
    },
    push(task) {
      if (isStopped) return
      waiting.push(task)
      // A turn later, so that `run` never ends before `running` is set.
      running ??= Promise.resolve().then(run)
    },
    async stop() {
      isStopped = true
      waiting.splice(0)
      await running
    },
  }
}
