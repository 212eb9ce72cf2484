import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { ListedStore } from '../../runtime/store.ts'

/** The store key of the tests. */
export const TEST_STORE_KEY: Uint8Array = new Uint8Array(32).fill(0x5a)

/** Opens an LMDB store in a folder under the key of the tests. */
export function openStore(folder: string): Promise<ListedStore> {
  return openLmdbStore({ folder, key: TEST_STORE_KEY })
}
