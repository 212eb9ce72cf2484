import type { DistrictPath } from '../protocol/district.ts'
import type { SignatureVerifier } from '../protocol/secp256k1.ts'
import type { Timers } from '../protocol/timers.ts'
import type { Clock } from '../runtime/clock.ts'
import type { DuplicateOracle } from '../runtime/duplicate-oracle.ts'
import type { GalleryOptions } from '../runtime/gallery.ts'
import type { Log } from '../runtime/log.ts'
import type { Messenger } from '../runtime/messenger.ts'
import type { Station } from '../runtime/station.ts'
import type { Store } from '../runtime/store.ts'
import type { Transport } from '../runtime/transport.ts'
import type { TrustKeeper } from '../runtime/trust-keeper.ts'
import type { GatewayConfig } from './config.ts'

/** What a gateway is started with. Whoever opened store and transports closes them, after the gateway. */
export type GatewayDeps = {
  /** `api` takes in nothing of kiosks; `all` unless told. */
  readonly role?: 'api' | 'all'
  readonly config: Pick<GatewayConfig, 'station' | 'peers' | 'policy'>
  /** Holds the keys `relay`, `final` and `seal`. */
  readonly station: Station
  readonly trust: TrustKeeper
  readonly store: Store
  /** How the gallery searches and where its snapshot is. */
  readonly gallery?: GalleryOptions
  /** Who searches in its stead, where several processes share the gallery of a database. */
  readonly oracle?: DuplicateOracle
  readonly clock: Clock
  readonly messenger: Messenger
  /** To the own broker. */
  readonly transport: Transport
  /** To the broker of a configured peer, as a client named after this district. */
  readonly peerTransports: (peer: DistrictPath) => Transport
  readonly log: Log
  readonly verify: SignatureVerifier
  readonly timers?: Timers
  /** Told once of what the gateway cannot go on after: the process ends, and the next one resumes. */
  readonly onFailure: (error: unknown) => void
}
