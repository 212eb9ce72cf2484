import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fromText } from '../../protocol/bytes.ts'
import {
  type DistrictPath,
  isDemo,
  isStationPath,
  parseDistrictPath,
  type StationPath,
} from '../../protocol/district.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { parseTrustList, type RootSet, stationKeys, type Trust } from '../../protocol/trust-list.ts'
import { makeFolder, writeFileAtomic } from '../../runtime/atomic-file.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { type KeyStore, openFileKeyStore } from '../../runtime/key-store.ts'
import { readTlsBundle } from '../../runtime/tls/bundle.ts'
import { isThere } from '../is-there.ts'
import { loadKey } from '../stations/load-key.ts'
import { openStationStore } from '../stations/station-store.ts'
import { parseRoots, rootsJson } from '../trust-folder.ts'
import { createRoots, publicKeysOf, STATION_USES, signNextList } from './authority.ts'
import type { GatewayPlace } from './broker-setup.ts'
import { grantFirstLeases } from './first-lease.ts'
import {
  BROKER_TLS,
  loadTlsAuthority,
  makeDistrictKeys,
  makeStationKeys,
  relayKidOf,
  STATION_TLS,
  writeBrokerTls,
  writeStationTls,
} from './station-folder.ts'
import { gatewayToml, kioskToml } from './station-toml.ts'

const ROOT_KEYS = 3
const ROOT_THRESHOLD = 2
/** Beside a station's configuration: the pinned roots and the signed list. */
const TRUST = 'trust'

/** A district that is to have a gateway. */
export type NewGateway = {
  readonly folder: string
  readonly path: DistrictPath
  readonly rootsFolder: string
  /** Names and addresses where its broker is reached. */
  readonly hosts: readonly string[]
  readonly listen: number
  readonly bind: string
  readonly pagePort: number
  readonly now: UnixSeconds
}

/** Makes a gateway's folder; refuses one that is there. */
export async function initGateway(options: NewGateway): Promise<void> {
  const { folder, path, rootsFolder, hosts, listen, bind, pagePort, now } = options
  await refuseTaken(folder)
  const keys = await makeStationKeys(folder, 'district')
  const authority = await makeDistrictKeys(keys, path, now)
  const kid = await relayKidOf(keys)
  await writeStationTls(join(folder, STATION_TLS), authority, { kid, path }, now)
  await writeBrokerTls(join(folder, BROKER_TLS), authority, { path, hosts }, now)
  const named = await publicKeysOf(keys, STATION_USES.district)
  const station = { path, role: 'district', keys: named, districtKeys: undefined } as const
  await nameInList(rootsFolder, station, [folder], now)
  const toml = gatewayToml({ path, trustFolder: TRUST, listen, host: bind, pagePort, peers: [] })
  // Last: a folder without it is not a gateway's yet.
  await writeFileAtomic(join(folder, 'gateway.toml'), fromText(toml))
}

/** A kiosk of a district, and the folder that is carried to it. */
export type KioskPlace = {
  readonly gateway: GatewayPlace
  readonly name: string
  readonly rootsFolder: string
  readonly out: string
  readonly now: UnixSeconds
}

/** Makes the folder of a new kiosk: all that it needs, and nothing that others may read. */
export async function provisionKiosk(
  options: KioskPlace & { readonly broker?: string },
): Promise<void> {
  const { gateway, rootsFolder, out, now } = options
  const { config, folder } = gateway
  const path = kioskPath(options)
  await refuseTaken(out)
  const districtKeys = await openFileKeyStore(resolve(folder, config.data, 'keys'))
  const authority = await loadTlsAuthority(districtKeys, folder)
  // Before anything is named: a gateway that runs has its store, and this would be half a kiosk.
  const lease = await leaseOf(gateway, districtKeys, path, now)
  const keys = await makeStationKeys(out, 'kiosk')
  const kid = await relayKidOf(keys)
  await writeStationTls(join(out, STATION_TLS), authority, { kid, path }, now)
  const named = await publicKeysOf(keys, STATION_USES.kiosk)
  const station = { path, role: 'kiosk', keys: named, districtKeys } as const
  await nameInList(rootsFolder, station, [trustHome(gateway), join(out, TRUST)], now, true)
  const brokerUrl = options.broker ?? (await brokerUrlOf(gateway))
  const toml = kioskToml({ station: path, trustFolder: TRUST, brokerUrl, pagePort: 8802, lease })
  await writeFileAtomic(join(out, 'kiosk.toml'), fromText(toml))
}

/** Makes a new certificate (398 days) and delegation (90) for a kiosk, with the keys that it has. */
export async function renewKiosk(options: KioskPlace): Promise<void> {
  const { gateway, rootsFolder, out, now } = options
  const { config, folder } = gateway
  const path = kioskPath(options)
  const trust = await trustOf(rootsFolder)
  const known = trust.keys.filter(({ station }) => station === path)
  const [relay] = known.filter(({ use }) => use === 'relay').sort((a, b) => b.expires - a.expires)
  if (relay === undefined) throw new PersonhoodError('call.kiosk', `the list names no ${path}`)
  const keys = known.filter((key) => key.expires === relay.expires)
  const districtKeys = await openFileKeyStore(resolve(folder, config.data, 'keys'))
  const authority = await loadTlsAuthority(districtKeys, folder)
  await makeFolder(out)
  await writeStationTls(join(out, STATION_TLS), authority, { kid: relay.kid, path }, now)
  const named = keys.map(({ use, publicKey }) => ({ use, publicKey }))
  const station = { path, role: 'kiosk', keys: named, districtKeys } as const
  await nameInList(rootsFolder, station, [trustHome(gateway), join(out, TRUST)], now, true)
}

/** Makes the file with which another district's gateway reaches this one's broker. */
export async function provisionPeer(options: {
  readonly gateway: GatewayPlace
  readonly peer: DistrictPath
  readonly file: string
  readonly now: UnixSeconds
}): Promise<void> {
  const { gateway, peer, file, now } = options
  const trust = await trustOf(trustHome(gateway))
  const [relay] = stationKeys(trust, peer, 'relay', now)
  if (relay === undefined || relay.role !== 'district') {
    throw new PersonhoodError('call.peer', `the trust list names no district ${peer}`)
  }
  const keys = await openFileKeyStore(resolve(gateway.folder, gateway.config.data, 'keys'))
  const authority = await loadTlsAuthority(keys, gateway.folder)
  await writeStationTls(file, authority, { kid: relay.kid, path: peer }, now)
}

type Named = Parameters<typeof signNextList>[3]

/**
 * Signs the next list with a station in it, and writes it where the roots are and at each place; the
 * roots' own copy is the last, so that a run cut short is simply done again.
 */
async function nameInList(
  rootsFolder: string,
  station: Named,
  homes: readonly string[],
  now: UnixSeconds,
  areTrustFolders = false,
): Promise<void> {
  const roots = await openRoots(rootsFolder, station.path)
  const file = join(rootsFolder, 'trust.cbor')
  const current = (await isThere(file)) ? new Uint8Array(await readFile(file)) : undefined
  const signed = await signNextList(rootsFolder, roots, current, station, now)
  for (const home of homes) {
    const folder = areTrustFolders ? home : join(home, TRUST)
    await makeFolder(folder)
    await writeFileAtomic(join(folder, 'roots.json'), fromText(rootsJson(roots)))
    await writeFileAtomic(join(folder, 'trust.cbor'), signed)
  }
  await writeFileAtomic(file, signed)
}

/** The root set in a folder; made there where the folder holds none. */
async function openRoots(folder: string, station: StationPath): Promise<RootSet> {
  const file = join(folder, 'roots.json')
  if (await isThere(file)) return parseRoots(await readFile(file, 'utf8'))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [first = ''] = station.split('.', 1)
  const path = parseDistrictPath(isDemo(station) ? 'demo' : first)
  const roots = await createRoots(folder, path, ROOT_KEYS, ROOT_THRESHOLD)
  await writeFileAtomic(file, fromText(rootsJson(roots)))
  return roots
}

async function trustOf(folder: string): Promise<Trust> {
  const roots = parseRoots(await readFile(join(folder, 'roots.json'), 'utf8'))
  const list = new Uint8Array(await readFile(join(folder, 'trust.cbor')))
  return parseTrustList(list, roots, verifySecp256k1)
}

function trustHome({ folder, config }: GatewayPlace): string {
  return resolve(folder, config.trust.folder)
}

function kioskPath({ gateway, name }: Pick<KioskPlace, 'gateway' | 'name'>): StationPath {
  const path = `${gateway.config.station}/${name}`
  if (isStationPath(path) && !name.includes('/')) return path
  throw new PersonhoodError('call.usage', `"${name}" is no kiosk's name of a-z, 0-9 and -`)
}

async function leaseOf(
  { config, folder }: GatewayPlace,
  keys: KeyStore,
  path: StationPath,
  now: UnixSeconds,
): Promise<Lease | undefined> {
  const data = resolve(folder, config.data)
  const key = await loadKey(keys, 'store', data)
  const store = await openStationStore({ config, folder, data, keys, key }).catch((error) => {
    if (!hasCode(error, 'store.busy')) throw error
    throw new PersonhoodError(
      'store.busy',
      `the gateway of ${config.station} runs: stop it while a kiosk is provisioned`,
      { cause: error },
    )
  })
  try {
    return (await grantFirstLeases(store, [path], now)).get(path)
  } finally {
    await store.close()
  }
}

/** Where kiosks reach the broker: as configured, or by the first name of the embedded one's certificate. */
async function brokerUrlOf({ config, folder }: GatewayPlace): Promise<string> {
  const { broker } = config
  if ('urls' in broker) {
    const [url, ...others] = broker.urls
    if (url !== undefined && others.length === 0) return url
    throw new PersonhoodError('call.usage', 'which of the brokers is its own? --broker URL')
  }
  const { serverTlsFile = BROKER_TLS, listenPort } = broker
  const { commonName } = await readTlsBundle(resolve(folder, serverTlsFile))
  return `mqtts://${commonName.includes(':') ? `[${commonName}]` : commonName}:${listenPort}`
}

async function refuseTaken(folder: string): Promise<void> {
  if (await isThere(folder)) {
    throw new PersonhoodError(
      'file.occupied',
      `${folder} is there already; nothing in it was touched: name a new folder`,
    )
  }
}
