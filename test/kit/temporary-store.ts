import type { Test } from 'tap'
import type { Store } from '../../runtime/store.ts'
import { openStore } from '../runtime/lmdb-opener.ts'

/** A real store in a folder of this test, and the way to open it again as after a restart. */
export type TemporaryStore = {
  readonly store: Store
  /** Closes the store and opens the same folder again. */
  restart(): Promise<Store>
}

/** Opens an LMDB store that goes away with the test. */
export async function openTemporaryStore(t: Test): Promise<TemporaryStore> {
  const folder = t.testdir()
  let store = await openStore(folder)
  t.teardown(() => store.close())
  return {
    get store() {
      return store
    },
    async restart() {
      await store.close()
      store = await openStore(folder)
      return store
    },
  }
}
