import { join, resolve } from 'node:path'
import type { StationPath } from '../../protocol/district.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { createSystemClock, type FlooredClock } from '../../runtime/clock.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { type SnapshotPlace, snapshotIn } from '../../runtime/gallery/snapshot-file.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import { type Messenger, openMessenger } from '../../runtime/messenger.ts'
import { loadStation, type SigningUse, type Station } from '../../runtime/station.ts'
import type { Store } from '../../runtime/store.ts'
import { openTrustKeeper, type TrustKeeper } from '../../runtime/trust-keeper.ts'
import { readTrustAnchor } from '../trust-folder.ts'
import type { Closers } from './closers.ts'
import { loadKey } from './load-key.ts'
import { openStationStore, type StorePlace } from './station-store.ts'

/** What every station stands on: its keys, store, clock, trust and voice. */
export type Ground = {
  /** Folder of keys and store. */
  readonly data: string
  readonly keys: KeyStore
  readonly store: Store
  /** Where the gallery keeps its snapshot. */
  readonly snapshot: SnapshotPlace
  readonly clock: FlooredClock
  readonly station: Station
  readonly trust: TrustKeeper
  readonly messenger: Messenger
}

/** Where a station's ground is. */
export type GroundOptions = {
  readonly config: {
    readonly station: StationPath
    readonly demo: boolean
    readonly data: string
    readonly trust: { readonly folder: string }
    readonly store?: StorePlace
  }
  /** Folder of the configuration file, from which its relative paths are found. */
  readonly folder: string
  readonly uses: readonly SigningUse[]
  /** Name of this process among those that write one database. */
  readonly writer?: string | undefined
  /** The clock's floor that the store has kept; without it the clock has none. */
  readonly floorOf?: (store: Store) => Promise<UnixSeconds>
}

/** Opens a station's ground; the store is closed with `closers`. */
export async function openGround(options: GroundOptions, closers: Closers): Promise<Ground> {
  const { config, folder, uses, floorOf, writer } = options
  const verify = verifySecp256k1
  const data = resolve(folder, config.data)
  const keys = await openFileKeyStore(join(data, 'keys'))
  const key = await loadKey(keys, 'store', data)
  const store = closers.add(await openStationStore({ config, folder, data, keys, key, writer }))
  const clock = createSystemClock(await floorOf?.(store))
  const station = await loadStation(config.station, keys, uses)
  const { roots, trustList: provisioned } = await readTrustAnchor(
    resolve(folder, config.trust.folder),
  )
  const allowDemo = config.demo
  const trust = await openTrustKeeper({ store, roots, provisioned, allowDemo, verify })
  const messenger = await openMessenger({ station, trust, clock, store, verify })
  const snapshot = snapshotIn(data, key)
  return { data, keys, store, snapshot, clock, station, trust, messenger }
}
