import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromText } from '../../protocol/bytes.ts'
import { type DistrictPath, parseDistrictPath, type StationPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import { parseTrustList, type RootSet } from '../../protocol/trust-list.ts'
import { writeFileAtomic } from '../../runtime/atomic-file.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { TlsAuthority } from '../../runtime/tls/authority.ts'
import {
  BROKER_PASSWORD,
  BROKER_SECRET,
  brokerPassword,
  peerPasswordName,
} from '../stations/broker-access.ts'
import { loadKey } from '../stations/load-key.ts'
import { parseRoots, rootsJson } from '../trust-folder.ts'
import { createRoots, type LocalStation, signWorld } from './authority.ts'
import { grantFirstLeases } from './first-lease.ts'
import {
  BROKER_TLS,
  makeDistrictKeys,
  makeStationKeys,
  relayKidOf,
  STATION_TLS,
  writeBrokerTls,
  writeStationTls,
} from './station-folder.ts'
import { gatewayToml, kioskToml, type PlannedPeer } from './station-toml.ts'

/** A district of a world that lies in one folder, with its kiosks and ports on 127.0.0.1. */
export type PlannedDistrict = {
  /** Short name: its folder, and its address in the page. */
  readonly name: string
  readonly path: DistrictPath
  readonly kiosks: readonly string[]
  readonly brokerPort: number
  readonly pagePort: number
}

/** Where one station of a world is. */
export type WorldStation = {
  /** `harbour` for a gateway, `harbour-k1` for a kiosk. */
  readonly name: string
  readonly path: StationPath
  readonly folder: string
  /** Its configuration file. */
  readonly config: string
}

/** A world: districts and kiosks that one machine plays. */
export type World = {
  readonly folder: string
  readonly roots: RootSet
  readonly gateways: readonly WorldStation[]
  readonly kiosks: readonly WorldStation[]
}

const WORLD = 'world.json'
const TRUST_LIST = 'trust.cbor'
const ROOT_PATH = parseDistrictPath('demo')
const ROOT_KEYS = 3
const ROOT_THRESHOLD = 2
/** A world whose delegations end sooner than this is signed anew. */
const RENEW_BEFORE_S = 30 * DAY_S

/** The demonstration's two districts: one city, one kiosk each. */
export const DEMO_DISTRICTS: readonly PlannedDistrict[] = [
  {
    name: 'harbour',
    path: parseDistrictPath('demo.coast.port.harbour'),
    kiosks: ['k1'],
    brokerPort: 18_831,
    pagePort: 8801,
  },
  {
    name: 'hillside',
    path: parseDistrictPath('demo.coast.port.hillside'),
    kiosks: ['k1'],
    brokerPort: 18_832,
    pagePort: 8803,
  },
]

/**
 * Opens the world in a folder, or makes it there: root keys, a key store and a configuration for
 * each station, and the trust list that names them all. A world made before is kept; its trust list
 * is signed anew when it would end within 30 days.
 */
export async function openWorld(
  folder: string,
  districts: readonly PlannedDistrict[],
  now: UnixSeconds,
): Promise<World> {
  if (!existsSync(join(folder, WORLD))) {
    // Made aside and moved whole: a world cut short is never taken for one.
    const unfinished = `${folder}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await makeWorld(unfinished, districts, now)
    await moveInto(unfinished, folder)
  }
  const world = await readWorld(folder, districts)
  await renewTrust(world, districts, now)
  return world
}

async function makeWorld(
  folder: string,
  districts: readonly PlannedDistrict[],
  now: UnixSeconds,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const roots = await createRoots(folder, ROOT_PATH, ROOT_KEYS, ROOT_THRESHOLD)
  await writeFileAtomic(join(folder, 'roots.json'), fromText(rootsJson(roots)))
  const made = new Map<DistrictPath, MadeDistrict>()
  for (const { name, path } of districts) {
    const keys = await makeStationKeys(join(folder, name), 'district')
    const authority = await makeDistrictKeys(keys, path, now)
    made.set(path, { keys, authority })
  }
  for (const district of districts) await makeDistrict(folder, district, districts, made, now)
  await writeFileAtomic(join(folder, WORLD), fromText(worldJson(districts)))
}

/** A district's gateway, whose keys are there. */
type MadeDistrict = { readonly keys: KeyStore; readonly authority: TlsAuthority }

/** What `world.json` says of a world of these districts in the layout that this version writes. */
function worldJson(districts: readonly PlannedDistrict[]): string {
  const named = districts.map(({ name, path, kiosks }) => ({ name, path, kiosks }))
  return `${JSON.stringify({ version: 1, districts: named }, null, 2)}\n`
}

async function moveInto(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder)
  } catch (cause) {
    throw new PersonhoodError(
      'file.occupied',
      `${folder} holds other files and no world.json; nothing there was touched: name an empty folder`,
      { cause },
    )
  }
}

async function makeDistrict(
  folder: string,
  district: PlannedDistrict,
  districts: readonly PlannedDistrict[],
  made: ReadonlyMap<DistrictPath, MadeDistrict>,
  now: UnixSeconds,
): Promise<void> {
  const { name, path, brokerPort: listen, pagePort } = district
  const { keys, authority } = madeOf(made, path)
  const gatewayFolder = join(folder, name)
  const own = { kid: await relayKidOf(keys), path }
  await writeStationTls(join(gatewayFolder, STATION_TLS), authority, own, now)
  await writeBrokerTls(join(gatewayFolder, BROKER_TLS), authority, { path, hosts: [] }, now)
  const peers: PlannedPeer[] = []
  for (const peer of districts) {
    if (peer.path === path) continue
    const there = madeOf(made, peer.path)
    const secret = await loadKey(there.keys, BROKER_SECRET, peer.name)
    await keys.save(peerPasswordName(peer.path), brokerPassword(secret, path))
    const tlsFile = `${peer.path}.pem`
    await writeStationTls(join(gatewayFolder, tlsFile), there.authority, own, now)
    peers.push({ path: peer.path, url: localUrl(peer.brokerPort), tlsFile })
  }
  const host = '127.0.0.1'
  const gatewayConfig = gatewayToml({ path, trustFolder: '..', listen, host, pagePort, peers })
  await writeFileAtomic(join(gatewayFolder, 'gateway.toml'), fromText(gatewayConfig))
  const leases = await leaseFirst(gatewayFolder, keys, district, now)
  const secret = await loadKey(keys, BROKER_SECRET, name)
  for (const [i, kiosk] of district.kiosks.entries()) {
    const station = `${path}/${kiosk}`
    const kioskFolder = join(folder, `${name}-${kiosk}`)
    const kioskKeys = await makeStationKeys(kioskFolder, 'kiosk')
    await kioskKeys.save(BROKER_PASSWORD, brokerPassword(secret, station))
    const kid = await relayKidOf(kioskKeys)
    await writeStationTls(join(kioskFolder, STATION_TLS), authority, { kid, path: station }, now)
    const config = kioskToml({
      ...{ station, trustFolder: '..', brokerUrl: localUrl(listen) },
      ...{ pagePort: pagePort + 1 + i, lease: leases.get(station) },
    })
    await writeFileAtomic(join(kioskFolder, 'kiosk.toml'), fromText(config))
  }
}

async function leaseFirst(
  folder: string,
  keys: KeyStore,
  { path, kiosks }: PlannedDistrict,
  now: UnixSeconds,
): Promise<ReadonlyMap<StationPath, Lease>> {
  const place = { folder: join(folder, 'data', 'store'), key: await loadKey(keys, 'store', folder) }
  const store = await openLmdbStore(place)
  try {
    const stations = kiosks.map((kiosk) => `${path}/${kiosk}`)
    return await grantFirstLeases(store, stations, now)
  } finally {
    await store.close()
  }
}

function localUrl(port: number): string {
  return `mqtts://127.0.0.1:${port}`
}

async function readWorld(folder: string, districts: readonly PlannedDistrict[]): Promise<World> {
  if ((await readFile(join(folder, WORLD), 'utf8')) !== worldJson(districts)) {
    throw new PersonhoodError(
      'config.world',
      `${folder} is not a world of this version of personhood; nothing there was touched: move it away or name another folder, and start again`,
    )
  }
  const roots = parseRoots(await readFile(join(folder, 'roots.json'), 'utf8'))
  return {
    folder,
    roots,
    gateways: districts.map(({ name, path }) => worldStation(folder, name, path, 'gateway.toml')),
    kiosks: districts.flatMap(({ name, path, kiosks }) =>
      kiosks.map((kiosk) =>
        worldStation(folder, `${name}-${kiosk}`, `${path}/${kiosk}`, 'kiosk.toml'),
      ),
    ),
  }
}

function worldStation(folder: string, name: string, path: StationPath, file: string): WorldStation {
  return { name, path, folder: join(folder, name), config: join(folder, name, file) }
}

async function renewTrust(
  world: World,
  districts: readonly PlannedDistrict[],
  now: UnixSeconds,
): Promise<void> {
  const path = join(world.folder, TRUST_LIST)
  let version = 0
  if (existsSync(path)) {
    const trust = parseTrustList(new Uint8Array(await readFile(path)), world.roots, verifySecp256k1)
    const ends = Math.min(trust.expires, ...trust.keys.map(({ expires }) => expires))
    if (ends > now + RENEW_BEFORE_S) return
    version = trust.version
  }
  const stations: LocalStation[] = []
  for (const { path: station, folder } of [...world.gateways, ...world.kiosks]) {
    const role = districts.some((district) => district.path === station) ? 'district' : 'kiosk'
    stations.push({
      path: station,
      role,
      keys: await openFileKeyStore(join(folder, 'data', 'keys')),
    })
  }
  const signed = await signWorld(world.folder, world.roots, stations, version + 1, now)
  await writeFileAtomic(path, signed)
}

function madeOf(made: ReadonlyMap<DistrictPath, MadeDistrict>, path: DistrictPath): MadeDistrict {
  const district = made.get(path)
  if (district === undefined) throw new PersonhoodError('call.provision', `no keys of ${path}`)
  return district
}
