import type { Timers } from '../protocol/timers.ts'

/** Tells listeners that something has changed, once for all changes of a moment. */
export type Notifier = {
  changed(): void
  listen(listener: () => void): () => void
  stop(): void
}

/** Ten a second: a page shows no more, and a snapshot costs some of the gateway's time. */
const INTERVAL_MS = 100

/** A notifier without listeners. */
export function createNotifier(timers: Timers): Notifier {
  const listeners = new Set<() => void>()
  let cancel: (() => void) | undefined
  return {
    changed() {
      if (listeners.size === 0) return
      cancel ??= timers.after(INTERVAL_MS, () => {
        cancel = undefined
        for (const listener of listeners) listener()
      })
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop() {
      listeners.clear()
      cancel?.()
    },
  }
}
