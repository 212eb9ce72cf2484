import type { Timers } from '../protocol/timers.ts'

/** The process's own timers. */
export const processTimers: Timers = {
  after: (ms, action) => {
    const handle = setTimeout(action, ms)
    return () => clearTimeout(handle)
  },
}
