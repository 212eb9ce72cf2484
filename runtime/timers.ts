import type { Timers } from '../protocol/timers.ts'

/** What setTimeout takes at most, some 24 days; more it takes for nothing. */
const LONGEST_MS = 2 ** 31 - 1

/** The machine's timers; none of them keeps the process alive. */
export const systemTimers: Timers = {
  after(ms, action) {
    let timer: NodeJS.Timeout
    const wait = (left: number): void => {
      const next = left > LONGEST_MS ? () => wait(left - LONGEST_MS) : action
      timer = setTimeout(next, Math.min(left, LONGEST_MS)).unref()
    }
    wait(ms)
    return () => clearTimeout(timer)
  },
}
