import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Gateway } from '../../gateway/gateway.ts'
import { startGateway } from '../../gateway/gateway.ts'
import { DEFAULT_POLICY, type Policy } from '../../gateway/policy.ts'
import { createVirtualTimers, type VirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import type { Signer } from '../../protocol/cose-sign1.ts'
import type { StationPath } from '../../protocol/district.ts'
import { type DistrictPath, parseDistrictPath } from '../../protocol/district.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import type { DuplicateOracle } from '../../runtime/duplicate-oracle.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { Log } from '../../runtime/log.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import { openMessenger } from '../../runtime/messenger.ts'
import type { SigningUse, Station } from '../../runtime/station.ts'
import type { Store } from '../../runtime/store.ts'
import type { Transport } from '../../runtime/transport.ts'
import { openTrustKeeper, type TrustKeeper } from '../../runtime/trust-keeper.ts'
import {
  ALDER,
  BIRCH,
  DEMO_NOW,
  demoRoots,
  demoStation,
  demoTrustBody,
  demoTrustList,
} from '../kit/demo-trust.ts'
import { type BusTransport, createMemoryBus, type MemoryBus } from '../kit/memory-bus.ts'
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts'

/** A third district, of another city. */
export const CEDAR: DistrictPath = parseDistrictPath('demo.east.fig.cedar')

/** Stations of the bench's trust list. */
export const STATIONS: readonly StationPath[] = [
  ALDER,
  BIRCH,
  `${ALDER}/k1`,
  `${ALDER}/k2`,
  `${BIRCH}/k1`,
]

const STEP_MS = 100

/** Time, brokers and trust that several gateways share. */
export type World = {
  readonly clock: ManualClock
  readonly timers: VirtualTimers
  readonly buses: Map<DistrictPath, MemoryBus>
  readonly stations: readonly StationPath[]
  /** Real milliseconds that `until` gives a condition. */
  patienceMs: number
  bus(district: DistrictPath): MemoryBus
  /** Lets time pass for clock and timers alike. */
  advance(seconds: number): Promise<void>
}

/** One gateway of a bench, and what it stands on. */
export type District = {
  readonly path: DistrictPath
  readonly gateway: Gateway
  readonly store: Store
  readonly trust: TrustKeeper
  readonly messenger: Messenger
  readonly transport: BusTransport
  /** The lines to the brokers of its peers. */
  readonly lines: ReadonlyMap<DistrictPath, BusTransport>
  readonly failures: unknown[]
  readonly warnings: string[]
}

/** What differs from the bench's usual gateway. */
export type DistrictOptions = {
  readonly policy?: Partial<Policy>
  readonly peers?: readonly DistrictPath[]
  readonly store?: Store
  /** Who searches instead of a gallery in the gateway. */
  readonly oracle?: DuplicateOracle
  /** `api` leaves kiosks to ingest processes. */
  readonly role?: 'api' | 'all'
}

/** A world without gateways. */
export function createWorld(stations: readonly StationPath[] = STATIONS): World {
  const clock = createManualClock(DEMO_NOW)
  const timers = createVirtualTimers()
  const buses = new Map<DistrictPath, MemoryBus>()
  return {
    clock,
    timers,
    buses,
    stations,
    patienceMs: 10_000,
    bus(district) {
      const found = buses.get(district) ?? createMemoryBus()
      buses.set(district, found)
      return found
    },
    async advance(seconds) {
      clock.advance(seconds)
      await timers.advance(seconds * 1000)
    },
  }
}

/** An LMDB store in a folder that goes with the test. */
export async function openTempStore(t: Test): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
  const store = await openLmdbStore({ folder, key: new Uint8Array(32).fill(7) })
  t.teardown(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  return store
}

/** Starts a gateway of the world on a store; the test's end closes it. */
export async function startDistrict(
  t: Test,
  world: World,
  path: DistrictPath,
  options: DistrictOptions = {},
): Promise<District> {
  const store = options.store ?? (await openTempStore(t))
  const { clock, timers } = world
  const station = quickStation(path)
  const verify = verifySecp256k1
  const trust = await openTrust(store, world)
  const messenger = await openMessenger({ station, trust, clock, store, verify })
  const transport = world.bus(path).connect()
  const peers = options.peers ?? [ALDER, BIRCH].filter((other) => other !== path)
  const lines = new Map(peers.map((peer) => [peer, world.bus(peer).connect()]))
  const failures: unknown[] = []
  const warnings: string[] = []
  const gateway = await startGateway({
    ...(options.role === undefined ? {} : { role: options.role }),
    config: {
      station: path,
      peers: peers.map((peer) => ({ path: peer, broker: `mqtt://${peer}` })),
      policy: { ...DEFAULT_POLICY, ...options.policy },
    },
    station,
    trust,
    store,
    ...(options.oracle === undefined ? {} : { oracle: options.oracle }),
    clock,
    messenger,
    transport,
    peerTransports: (peer) => lines.get(peer) as Transport,
    log: listLog(warnings),
    verify,
    timers,
    onFailure: (error) => void failures.push(error),
  })
  t.teardown(async () => {
    await gateway.close()
    await Promise.all([transport, ...lines.values()].map((line) => line.close()))
  })
  return { path, gateway, store, trust, messenger, transport, lines, failures, warnings }
}

/** Ends a gateway as a crash does: its lines fall silent at once, its store stays as it is. */
export async function killDistrict({ transport, lines, gateway }: District): Promise<void> {
  await Promise.all([transport, ...lines.values()].map((line) => line.close()))
  await gateway.close()
}

/** A demo station that works its keys out once, not at each signature. */
export function quickStation(path: StationPath): Station {
  const known = quickStations.get(path)
  if (known !== undefined) return known
  const station = demoStation(path)
  const signers = new Map<SigningUse, Signer>()
  const quick: Station = {
    ...station,
    signer(use) {
      const signer = signers.get(use) ?? station.signer(use)
      signers.set(use, signer)
      return signer
    },
  }
  quickStations.set(path, quick)
  return quick
}

const trustLists = new Map<string, Uint8Array>()

/** A trust list of these stations, signed once. */
function trustListOf(stations: readonly StationPath[]): Uint8Array {
  const key = stations.join()
  const bytes = trustLists.get(key) ?? demoTrustList(demoTrustBody(stations))
  trustLists.set(key, bytes)
  return bytes
}

const quickStations = new Map<StationPath, Station>()

/** A keeper of the world's trust list. */
export function openTrust(store: Store, world: World): Promise<TrustKeeper> {
  return openTrustKeeper({
    store,
    roots: demoRoots(),
    provisioned: trustListOf(world.stations),
    allowDemo: true,
    verify: verifySecp256k1,
  })
}

/**
 * Lets virtual time pass, `seconds` at most, until the condition holds. Disk work settles in real
 * time, so a condition that fails costs the ten seconds that a busy machine may need.
 */
export async function until(
  world: World,
  isTrue: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<boolean> {
  const end = performance.now() + world.patienceMs
  let leftMs = seconds * 1000
  while (performance.now() < end) {
    if (await isTrue()) return true
    await new Promise((resolve) => setTimeout(resolve, 1))
    if (leftMs > 0) await world.timers.advance(Math.min(STEP_MS, leftMs))
    leftMs -= STEP_MS
  }
  return isTrue()
}

/** Lets time pass until no gateway has anything left to do; false where one never gets there. */
export async function settle(world: World, ...districts: readonly District[]): Promise<boolean> {
  let isIdle = false
  void Promise.all(districts.map(({ gateway }) => gateway.idle())).then(() => {
    isIdle = true
  })
  return until(world, () => isIdle, 60)
}

/** A log that keeps what is urgent. */
export function listLog(warnings: string[]): Log {
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (event, fields) => void warnings.push(`${event} ${JSON.stringify(fields ?? {})}`),
    error: (event, fields) => void warnings.push(`${event} ${JSON.stringify(fields ?? {})}`),
    child: () => log,
  }
  return log
}
