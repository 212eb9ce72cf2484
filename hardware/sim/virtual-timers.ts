import type { Timers } from '../../protocol/timers.ts'
import { createAgenda, type Entry } from './agenda.ts'

/** Timers whose time passes only when told, for tests and for rigs under virtual time. */
export type VirtualTimers = Timers & {
  readonly nowMs: number
  /** Lets so much time pass: each due action runs in its order, with pending promises between. */
  advance(ms: number): Promise<void>
}

/** Starts at 0 ms. */
export function createVirtualTimers(): VirtualTimers {
  let nowMs = 0
  let count = 0
  const agenda = createAgenda()
  return {
    after: (ms, action) => {
      const entry: Entry = { at: nowMs + ms, order: count++, action }
      agenda.add(entry)
      return () => {
        entry.action = undefined
      }
    },
    get nowMs() {
      return nowMs
    },
    advance: async (ms) => {
      const limit = nowMs + ms
      for (;;) {
        await settled()
        const due = agenda.takeUntil(limit)
        if (due?.action === undefined) break
        nowMs = due.at
        due.action()
      }
      nowMs = limit
    },
  }
}

/** A turn of the event loop: every promise that can settle has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
