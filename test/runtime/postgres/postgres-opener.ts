import { parseDatabaseUrl } from '../../../runtime/postgres/address.ts'
import type { PostgresStoreOptions } from '../../../runtime/postgres/postgres-options.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import type { ListedStore } from '../../../runtime/store.ts'
import { TEST_STORE_KEY } from '../lmdb-opener.ts'

/** The options of a place `URL#district`. */
export function optionsOf(place: string): PostgresStoreOptions {
  const [url = '', district = ''] = place.split('#')
  return { address: parseDatabaseUrl(url), district, key: TEST_STORE_KEY }
}

/** Opens the store of a place `URL#district` under the key of the tests. */
export function openStore(place: string): Promise<ListedStore> {
  return openPostgresStore(optionsOf(place))
}
