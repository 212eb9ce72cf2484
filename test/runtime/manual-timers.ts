import type { Timers } from '../../protocol/timers.ts'

/** Timers that run when told. */
export type ManualTimers = Timers & {
  /** Lets so many milliseconds pass, running what falls due in its order. */
  advance(ms: number): void
  /** Timers that still wait. */
  readonly pending: number
}

/** Timers for tests; time starts at 0. */
export function createManualTimers(): ManualTimers {
  let now = 0
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    get pending() {
      return waiting.size
    },
    after(delayMs, run) {
      const timer = { at: now + delayMs, run }
      waiting.add(timer)
      return () => {
        waiting.delete(timer)
      }
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const [next] = [...waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        waiting.delete(next)
        now = next.at
        next.run()
      }
      now = end
    },
  }
}
