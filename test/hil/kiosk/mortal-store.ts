import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Store } from '../../../runtime/store.ts'

/** A store as one process sees it: when that dies, whatever it still asks rejects with `store.failed`. */
export type MortalStore = { readonly store: Store; die(): void }

/** What is in `inner` at the death is what the next process finds. */
export function createMortalStore(inner: Store): MortalStore {
  let isDead = false
  const alive = async (): Promise<Store> => {
    if (isDead) throw new PersonhoodError('store.failed', 'this process has lost its power')
    return inner
  }
  return {
    store: {
      get: async (table, key) => (await alive()).get(table, key),
      range: async (table, range) => (await alive()).range(table, range),
      commit: async (change) => (await alive()).commit(change),
      close: async () => undefined,
    },
    die: () => {
      isDead = true
    },
  }
}
