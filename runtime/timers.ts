/** How code waits, so that a test can do without waiting; `after` returns what cancels it. */
export type Timers = { after(delayMs: number, run: () => void): () => void }

/** The machine's timers; none of them keeps the process alive. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
