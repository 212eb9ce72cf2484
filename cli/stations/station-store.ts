import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { StoreConfig } from '../../gateway/store-config.ts'
import type { StationPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { KeyStore } from '../../runtime/key-store.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { DatabaseOptions } from '../../runtime/postgres/connection.ts'
import { openPostgresStore } from '../../runtime/postgres/postgres-store.ts'
import type { ListedStore } from '../../runtime/store.ts'
import { isThere } from '../is-there.ts'

/** Name of the file, among a station's keys, with the password of its role in the database. */
export const DATABASE_PASSWORD = 'database-password'

/** The database of a station's store, where it is in one. */
export type StorePlace = StoreConfig

/** What a station's store is opened with. */
export type StationStoreOptions = {
  readonly config: { readonly station: StationPath; readonly store?: StorePlace }
  /** Folder of the configuration file. */
  readonly folder: string
  /** Folder of keys and store. */
  readonly data: string
  readonly keys: KeyStore
  /** The key under which the store rests. */
  readonly key: Uint8Array
  /** Name of this process among those that write one database. */
  readonly writer?: string | undefined
}

/** Folder of the store that lies in a data folder. */
export function storeFolder(data: string): string {
  return join(data, 'store')
}

/** What the folder of a store is called once its rows are in a database. */
export function movedFolder(data: string): string {
  return `${storeFolder(data)}.moved`
}

/**
 * Opens a station's store where its configuration says; `store.not-moved` and `store.moved` where
 * folder and configuration disagree, so that no second store begins beside the first.
 */
export async function openStationStore(options: StationStoreOptions): Promise<ListedStore> {
  const { config, data, key } = options
  if (config.store === undefined) {
    if (await isThere(movedFolder(data))) {
      throw new PersonhoodError(
        'store.moved',
        `${movedFolder(data)} says that the store is in a database now, and the configuration names none: add [store] with url, or rename that folder to store to go back to what it held then`,
      )
    }
    return openLmdbStore({ folder: storeFolder(data), key })
  }
  if (await isThere(join(storeFolder(data), 'data.mdb'))) {
    throw new PersonhoodError(
      'store.not-moved',
      `${storeFolder(data)} holds a store, and the configuration names a database: move it there with personhood store move --config FILE, so that no lease or record is given twice`,
    )
  }
  return openDatabaseStore(options, config.store)
}

/** Opens the store in the database, whatever lies in the data folder. */
export async function openDatabaseStore(
  { config, folder, keys, key, writer }: StationStoreOptions,
  place: StorePlace,
): Promise<ListedStore> {
  const database = await databaseOptions(place, folder, keys)
  const district = config.station
  return openPostgresStore({
    ...database,
    district,
    key,
    ...(writer === undefined ? {} : { writer }),
  })
}

/** How the database is reached: with the PEM files that the configuration names, and the password. */
export async function databaseOptions(
  { address, files }: StorePlace,
  folder: string,
  keys: KeyStore,
): Promise<DatabaseOptions> {
  const password = await keys.load(DATABASE_PASSWORD)
  const tls: { -readonly [name in keyof StorePlace['files']]: string } = {}
  for (const name of ['ca', 'cert', 'key'] as const) {
    const file = files[name]
    if (file !== undefined) tls[name] = await readFile(resolve(folder, file), 'utf8')
  }
  return {
    address,
    ...(password === undefined ? {} : { password: new TextDecoder().decode(password).trim() }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  }
}
