import type { EyeCamera } from '../hardware/camera/eye-camera.ts'
import type { Pcd } from '../hardware/nfc/pn532.ts'
import type { CardKeyring } from '../protocol/card/keyring.ts'
import type { GreyImage } from '../protocol/image.ts'
import type { SignatureVerifier } from '../protocol/secp256k1.ts'
import type { Timers } from '../protocol/timers.ts'
import type { FlooredClock } from '../runtime/clock.ts'
import type { Gallery } from '../runtime/gallery.ts'
import type { Log } from '../runtime/log.ts'
import type { Messenger } from '../runtime/messenger.ts'
import type { Station } from '../runtime/station.ts'
import type { Store } from '../runtime/store.ts'
import type { Transport } from '../runtime/transport.ts'
import type { TrustKeeper } from '../runtime/trust-keeper.ts'
import type { KioskConfig } from './config.ts'
import type { PresentationAssessor } from './enrolment/capture.ts'
import type { EyeReader } from './enrolment/eye-reader.ts'
import type { PanelFaceOptions } from './panel/face.ts'

/** All that a kiosk stands on; the entry point makes it, and closes store and transport after the kiosk. */
export type KioskDeps = {
  readonly config: Pick<KioskConfig, 'demo' | 'provisionalDays' | 'leases' | 'relay'>
  readonly station: Station
  readonly trust: TrustKeeper
  readonly store: Store
  readonly gallery: Gallery
  readonly clock: FlooredClock
  readonly messenger: Messenger
  readonly transport: Transport
  /** Opens the iris camera, a head or a plain one; called again each time it has gone. */
  readonly openOrb: (signal: AbortSignal) => Promise<EyeCamera>
  /** Opens the card reader; called again each time it has gone. */
  readonly openReader: (signal: AbortSignal) => Promise<Pcd>
  /** The panel, where the kiosk has one. */
  readonly panel?: Pick<PanelFaceOptions, 'openPanel' | 'restartS'> | undefined
  /** Keys of the district's cards; without them a tap proves the signature alone. */
  readonly cardKeyring?: CardKeyring | undefined
  readonly eyeReader: EyeReader
  readonly assessPresentation: PresentationAssessor
  /** A PNG of a frame, for the page's preview. */
  readonly encodePng: (image: GreyImage) => Uint8Array
  readonly verify: SignatureVerifier
  readonly timers: Timers
  readonly random: (lengthBytes: number) => Uint8Array
  /** Milliseconds on a clock that never jumps. */
  readonly nowMs: () => number
  readonly log: Log
}
