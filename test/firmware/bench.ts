import type { Kiosk } from '../../firmware/kiosk.ts'
import { startKiosk } from '../../firmware/kiosk.ts'
import type { KioskDeps } from '../../firmware/kiosk-deps.ts'
import { createNtag424, type Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { openPn532 } from '../../hardware/nfc/pn532.ts'
import { createPn532Simulator, type Pn532Simulator } from '../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { openOrb } from '../../hardware/orb/orb.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import {
  type OrbSimulator,
  simulatedHeadKey,
  startOrbSimulator,
} from '../../hardware/orb/simulator.ts'
import { createPortPair, type PortPair } from '../../hardware/sim/port-pair.ts'
import type { CardKeyring } from '../../protocol/card/keyring.ts'
import { districtOf, type StationPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import type { Timers } from '../../protocol/timers.ts'
import { randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { openGallery } from '../../runtime/gallery.ts'
import type { Fields, Log } from '../../runtime/log.ts'
import { type Messenger, openMessenger } from '../../runtime/messenger.ts'
import type { Store } from '../../runtime/store.ts'
import type { Transport } from '../../runtime/transport.ts'
import { openTrust, type World } from '../gateway/bench.ts'
import { demoStation } from '../kit/demo-trust.ts'
import type { BusTransport } from '../kit/memory-bus.ts'
import { assessScene, eyeReader, type Standing, sceneOf } from './eyes.ts'

/** A simulated kiosk's surroundings: who stands there, which cards lie there, which cables are in. */
export type Place = {
  standing: Standing | undefined
  /** Whom the camera sees instead of `standing`, where the optics are drawn too. */
  source: FrameSource | undefined
  /** Called with each frame that the head takes. */
  onFrame: (illumination: number) => void
  readonly reader: Pn532Simulator | undefined
  readonly cards: ReadonlySet<VirtualCard>
  lay(card: VirtualCard): void
  lift(card: VirtualCard): void
  /** Pulls a device's cable out; it stays out until `plug`. */
  unplug(device: 'orb' | 'reader'): void
  /** Starts the camera head anew while its cable stays in. */
  restartHead(): void
  plug(device: 'orb' | 'reader'): void
  readonly openOrb: KioskDeps['openOrb']
  readonly openReader: KioskDeps['openReader']
}

/** How a head differs from the usual one: in virtual time at a real head's pace, with all lights. */
export type HeadOptions = { readonly speed?: number; readonly lights?: number }

/** A place with nobody and nothing there. */
export function createPlace(timers: Timers, head: HeadOptions = {}): Place {
  const cards = new Set<VirtualCard>()
  const away = new Set<'orb' | 'reader'>()
  const cables = new Map<'orb' | 'reader', PortPair>()
  let reader: Pn532Simulator | undefined
  let simulator: OrbSimulator | undefined
  const cable = (device: 'orb' | 'reader'): PortPair => {
    if (away.has(device)) throw new PersonhoodError('device.unplugged', `${device} is not there`)
    const pair = createPortPair(device)
    cables.set(device, pair)
    return pair
  }
  const place: Place = {
    standing: undefined,
    source: undefined,
    onFrame: () => {},
    cards,
    get reader() {
      return reader
    },
    lay(card) {
      cards.add(card)
      reader?.place(card)
    },
    lift(card) {
      cards.delete(card)
      reader?.remove(card)
    },
    unplug(device) {
      away.add(device)
      cables.get(device)?.unplug()
    },
    plug: (device) => void away.delete(device),
    restartHead: () => simulator?.restart(),
    async openOrb(signal) {
      const { host, device } = cable('orb')
      simulator = startOrbSimulator(device, {
        source(request) {
          place.onFrame(request.illumination)
          return place.source === undefined
            ? sceneOf(place.standing, request)
            : place.source(request)
        },
        key: simulatedHeadKey(1),
        timers,
        speed: 1,
        ...head,
      })
      return openOrb(host, { random: randomBytes, signal, timers })
    },
    async openReader(signal) {
      const { host, device } = cable('reader')
      reader = createPn532Simulator(device, { timers })
      for (const card of cards) reader.place(card)
      return openPn532(host, { signal, timers })
    },
  }
  return place
}

/** A blank card with a UID of its own. */
export function blankCard(number: number): Ntag424 {
  return createNtag424({ uid: Uint8Array.of(0x04, 0, 0, 0, 0, number >> 8, number) })
}

/** What differs from the bench's usual kiosk. */
export type KioskOptions = {
  readonly store: Store
  readonly place: Place
  /** A transport, or how to make one that has a will of the kiosk's own. */
  readonly transport: Transport | ((messenger: Messenger) => Transport)
  readonly leases?: readonly Lease[]
  readonly log?: Log
  /** What the kiosk reads and judges eyes with, where that is not the bench's own. */
  readonly optics?: Pick<KioskDeps, 'eyeReader' | 'assessPresentation'>
  /** Keys of the district's cards; without them the kiosk takes cards without keys. */
  readonly cardKeyring?: CardKeyring | undefined
  readonly panel?: KioskDeps['panel']
}

/** Indices that a bench kiosk was given at provisioning. */
export const BENCH_LEASE: Lease = { list: 9, start: 1024, count: 256 }

/** What a kiosk of the world is started with. */
export async function kioskDeps(
  world: Pick<World, 'clock' | 'stations'> & { readonly timers: Timers },
  path: StationPath,
  options: KioskOptions,
): Promise<KioskDeps> {
  const { store, place, transport } = options
  const station = demoStation(path)
  const verify = verifySecp256k1
  const clock = { now: () => world.clock.now(), raiseFloor: () => undefined }
  const trust = await openTrust(store, world as World)
  const messenger = await openMessenger({ station, trust, clock, store, verify })
  return {
    config: {
      demo: true,
      provisionalDays: 30,
      relay: { line: 'lan', areTemplatesCoded: true, indicesInHand: 64 },
      leases: options.leases ?? [BENCH_LEASE],
    },
    station,
    trust,
    store,
    gallery: await openGallery(store),
    clock,
    messenger,
    transport: typeof transport === 'function' ? transport(messenger) : transport,
    openOrb: place.openOrb,
    openReader: place.openReader,
    ...(options.optics ?? { eyeReader, assessPresentation: assessScene }),
    cardKeyring: options.cardKeyring,
    panel: options.panel,
    encodePng: ({ width, height }) => Uint8Array.of(width, height),
    verify,
    timers: world.timers,
    random: randomBytes,
    nowMs: () => performance.now(),
    log: options.log ?? silentLog(),
  }
}

/** Starts a kiosk of the world. */
export async function startBenchKiosk(
  world: World,
  path: StationPath,
  options: KioskOptions,
): Promise<Kiosk> {
  return startKiosk(await kioskDeps(world, path, options))
}

/** A log that nobody reads. */
export function silentLog(): Log {
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: () => {},
    child: () => log,
  }
  return log
}

/** A log whose lines are heard as they are written. */
export function heardLog(hear: (event: string, fields: Fields) => void): Log {
  const note = (event: string, fields: Fields = {}): void => hear(event, fields)
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log }
  return log
}

/** A log into a list. */
export function listLog(lines: string[]): Log {
  return heardLog((event, fields) => void lines.push(`${event} ${JSON.stringify(fields)}`))
}

/** The district's broker of a kiosk. */
export function lineOf(world: World, path: StationPath): BusTransport {
  return world.bus(districtOf(path)).connect()
}
