import type { DistrictPath } from '../protocol/district.ts'
import type { RandomBytes } from '../protocol/seal.ts'
import type { SignatureVerifier } from '../protocol/secp256k1.ts'
import type { UnixSeconds } from '../protocol/time.ts'
import type { Timers } from '../protocol/timers.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { SearchedGallery } from '../runtime/match/remote-gallery.ts'
import type { Messenger } from '../runtime/messenger.ts'
import type { Station } from '../runtime/station.ts'
import type { Store } from '../runtime/store.ts'
import type { TrustKeeper } from '../runtime/trust-keeper.ts'
import type { Activity } from './activity.ts'
import type { Policy } from './policy.ts'
import type { Ledger } from './records/ledger.ts'
import type { Registry, RegistryRows } from './records/registry.ts'

/** What every part of the gateway works with. */
export type GatewayContext = {
  readonly district: DistrictPath
  readonly policy: Policy
  readonly station: Station
  readonly trust: TrustKeeper
  readonly store: Store
  readonly clock: Clock
  readonly messenger: Messenger
  readonly verify: SignatureVerifier
  readonly randomBytes: RandomBytes
  readonly timers: Timers
  readonly log: Log
  readonly ledger: Ledger
  readonly registry: Registry
  readonly gallery: SearchedGallery
  readonly activity: Activity
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal
}

/** What takes messages of kiosks in works with this much: no gallery in memory, no numbers. */
export type IngestContext = Omit<GatewayContext, 'gallery' | 'registry'> & {
  readonly gallery: Pick<SearchedGallery, 'writes' | 'admit'>
  readonly registry: RegistryRows
}

/** What the time is, in whole seconds. */
export function now(context: Pick<GatewayContext, 'clock'>): UnixSeconds {
  return context.clock.now().unix
}
