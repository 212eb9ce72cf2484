import type { Timers } from '../../protocol/timers.ts'

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
  const pending = new Map<number, { readonly at: number; readonly action: () => void }>()
  const nextUntil = (limit: number): number | undefined => {
    let best: { readonly id: number; readonly at: number } | undefined
    for (const [id, { at }] of pending) {
      if (at <= limit && (best === undefined || at < best.at)) best = { id, at }
    }
    return best?.id
  }
  return {
    after: (ms, action) => {
      const id = count++
      pending.set(id, { at: nowMs + ms, action })
      return () => {
        pending.delete(id)
      }
    },
    get nowMs() {
      return nowMs
    },
    advance: async (ms) => {
      const limit = nowMs + ms
      for (;;) {
        await settled()
        const id = nextUntil(limit)
        const due = id === undefined ? undefined : pending.get(id)
        if (id === undefined || due === undefined) break
        pending.delete(id)
        nowMs = due.at
        due.action()
      }
      nowMs = limit
    },
  }
}

/** A turn of the event loop: every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
