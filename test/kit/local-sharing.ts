import type { Sharing } from '../../runtime/sharing.ts'
import type { Store } from '../../runtime/store.ts'

/** How the processes that a test plays in its own share one store. */
export type LocalSharing = {
  /** The store as one more process has it; `hasTurns: false` plays one that never gets a turn. */
  process(options?: { readonly hasTurns?: boolean }): Store
}

/** Turns and news between the players of one store. */
export function shareLocally(store: Store): LocalSharing {
  const listeners = new Set<() => void>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    process({ hasTurns = true } = {}) {
      let hasNews = false
      let own: (() => void) | undefined
      const tell = () => {
        if (!hasNews) return
        hasNews = false
        for (const listen of listeners) if (listen !== own) listen()
      }
      const sharing: Sharing = {
        turn(work) {
          const turn = hasTurns ? last.then(work) : work()
          const over = turn.then(tell, tell)
          if (hasTurns) last = over
          return turn
        },
        announce() {
          hasNews = true
        },
        onNews(listen) {
          own = listen
          listeners.add(listen)
          return () => void listeners.delete(listen)
        },
      }
      return {
        sharing,
        get: (table, key) => store.get(table, key),
        range: (table, range) => store.range(table, range),
        commit: (change) => store.commit(change),
        close: () => store.close(),
      }
    },
  }
}
