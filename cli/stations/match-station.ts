import { join, resolve } from 'node:path'
import type { GatewayConfig } from '../../gateway/config.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import type { Log } from '../../runtime/log.ts'
import { openShardOracle, type ShardOracle } from '../../runtime/match/shard-oracle.ts'
import { type MatchWorker, openMatchWorker } from '../../runtime/match/worker.ts'
import type { PostgresStoreOptions } from '../../runtime/postgres/postgres-options.ts'
import { logBackend, searchBackend } from '../../runtime/search-backend.ts'
import { createClosers } from './closers.ts'
import { loadKey } from './load-key.ts'
import { databaseOptions } from './station-store.ts'

/** How to start a match worker out of a gateway's folder. */
export type MatchStationOptions = {
  readonly config: Pick<GatewayConfig, 'station' | 'data' | 'store' | 'search'>
  /** Folder of the configuration file. */
  readonly folder: string
  readonly log: Log
}

/** A process that holds shards of its district's gallery and answers for them. */
export async function openMatchStation(options: MatchStationOptions): Promise<MatchWorker> {
  const { config, folder, log } = options
  const data = resolve(folder, config.data)
  const keys = await openFileKeyStore(join(data, 'keys'))
  const store = await matchDatabase(config, folder, keys, await loadKey(keys, 'store', data))
  logBackend(await searchBackend(), log)
  return openMatchWorker({ store, gallery: config.search, log })
}

/** What a gateway asks when workers search for it; with a worker of its own, unless others do all. */
export async function openOracleStation(
  options: MatchStationOptions & { readonly holdsShards: boolean },
): Promise<ShardOracle> {
  const { config, folder, log, holdsShards } = options
  const closers = createClosers(log)
  try {
    const data = resolve(folder, config.data)
    const keys = await openFileKeyStore(join(data, 'keys'))
    const store = await matchDatabase(config, folder, keys, await loadKey(keys, 'store', data))
    const local = holdsShards ? closers.add(await openMatchStation(options)) : undefined
    const oracle = closers.add(
      await openShardOracle({ store, log, ...(local === undefined ? {} : { local }) }),
    )
    return { query: oracle.query, close: closers.close }
  } catch (error) {
    await closers.close()
    throw error
  }
}

async function matchDatabase(
  config: MatchStationOptions['config'],
  folder: string,
  keys: KeyStore,
  key: Uint8Array,
): Promise<PostgresStoreOptions> {
  if (config.store === undefined) {
    throw new PersonhoodError(
      'config.match',
      'workers share a gallery in a database: add [store] with url to the configuration',
    )
  }
  const database = await databaseOptions(config.store, folder, keys)
  return { ...database, district: config.station, key }
}
