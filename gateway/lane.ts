/** Work that is done in the order in which it came, a few pieces at a time. */
export type Lane = {
  /** Pieces that wait or run. */
  readonly length: number
  push(task: () => Promise<void>): void
  /** Forgets what waits and resolves when what runs has ended. */
  stop(): Promise<void>
}

/** A lane; what a task throws goes to `onError`, and the next one runs. One at a time unless told. */
export function createLane(
  onError: (error: unknown) => void,
  onSettled: () => void,
  width = 1,
): Lane {
  const waiting: (() => Promise<void>)[] = []
  const running = new Set<Promise<void>>()
  let isStopped = false

  async function run(): Promise<void> {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      try {
        await task()
      } catch (error) {
        onError(error)
      }
    }
  }

  function start(): void {
    // A turn later, so that `run` never ends before it is among those that run.
    const runner: Promise<void> = Promise.resolve()
      .then(run)
      .then(() => {
        running.delete(runner)
        if (running.size === 0) onSettled()
      })
    running.add(runner)
  }

  return {
    get length() {
      return waiting.length + running.size
    },
    push(task) {
      if (isStopped) return
      waiting.push(task)
      if (running.size < width) start()
    },
    async stop() {
      isStopped = true
      waiting.splice(0)
      await Promise.all(running)
    },
  }
}
