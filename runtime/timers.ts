import type { Timers } from '../protocol/timers.ts'

/** The machine's timers; none of them keeps the process alive. */
export const systemTimers: Timers = {
  after(ms, action) {
    const timer = setTimeout(action, ms).unref()
    return () => clearTimeout(timer)
  },
}
