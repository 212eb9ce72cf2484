/** Work that is done when it is due, one run at a time. */
export type Duty = {
  /** It is due: it runs, or runs once more after the run that is under way. */
  wake(): void
  /** Resolves when no run is under way. */
  ended(): Promise<void>
}

/** A duty; after a fault it waits to be woken again. Once `stopping` is aborted no run begins. */
export function createDuty(
  work: () => Promise<void>,
  onFault: (error: unknown) => void,
  stopping: AbortSignal,
): Duty {
  let isDue = false
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    try {
      while (isDue && !stopping.aborted) {
        isDue = false
        await work()
      }
    } catch (error) {
      if (!stopping.aborted) onFault(error)
    }
    running = undefined
  }

  return {
    wake() {
      isDue = true
      running ??= Promise.resolve().then(run)
    },
    async ended() {
      await running
    },
  }
}
