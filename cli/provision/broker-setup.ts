import { join, resolve } from 'node:path'
import type { GatewayConfig } from '../../gateway/config.ts'
import { fromText } from '../../protocol/bytes.ts'
import { districtOf } from '../../protocol/district.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { isInForce, parseTrustList, type Trust } from '../../protocol/trust-list.ts'
import { makeFolder, writeFileAtomic } from '../../runtime/atomic-file.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { readTlsBundle } from '../../runtime/tls/bundle.ts'
import { isThere } from '../is-there.ts'
import { stationsByKid } from '../stations/broker-access.ts'
import { RENEW_BEFORE_S } from '../stations/broker-line.ts'
import { readTrustAnchor } from '../trust-folder.ts'
import {
  type BrokerClient,
  debianPlugin,
  dynamicSecurity,
  MOSQUITTO_FILES,
  mosquittoConf,
} from './mosquitto.ts'
import { loadTlsAuthority, writeBrokerTls } from './station-folder.ts'

/** A gateway that is there: its configuration, and the folder from which that counts. */
export type GatewayPlace = { readonly folder: string; readonly config: GatewayConfig }

/** A Mosquitto that is to be set up for a district. */
export type BrokerSetup = {
  readonly gateway: GatewayPlace
  /** Where the files are written. */
  readonly folder: string
  /** Where the broker will find them. */
  readonly at: string
  readonly hosts: readonly string[]
  readonly port: number
  readonly bind?: string
  readonly now: UnixSeconds
}

/** Writes all that a Mosquitto needs; the certificate only where there is none that holds. */
export async function writeBrokerSetup(setup: BrokerSetup): Promise<void> {
  const { gateway, folder, hosts, now } = setup
  const { station: path, data, trust: anchor } = gateway.config
  const { roots, trustList } = await readTrustAnchor(resolve(gateway.folder, anchor.folder))
  const trust = parseTrustList(trustList, roots, verifySecp256k1)
  await makeFolder(folder)
  const keys = await openFileKeyStore(resolve(gateway.folder, data, 'keys'))
  const authority = await loadTlsAuthority(keys, gateway.folder)
  const certificate = join(folder, MOSQUITTO_FILES.certificate)
  if (!(await holds(certificate, now))) {
    await writeBrokerTls(certificate, authority, { path, hosts }, now)
  }
  const options = {
    ...{ district: path, clients: clientsOf(trust, setup), port: setup.port, folder: setup.at },
    plugin: debianPlugin(process.arch),
    ...(setup.bind === undefined ? {} : { bind: setup.bind }),
  }
  const files = [
    [MOSQUITTO_FILES.authority, authority.certificate],
    [MOSQUITTO_FILES.rights, dynamicSecurity(options)],
    [MOSQUITTO_FILES.configuration, mosquittoConf(options)],
  ] as const
  for (const [name, text] of files) await writeFileAtomic(join(folder, name), fromText(text))
}

async function holds(file: string, now: UnixSeconds): Promise<boolean> {
  return (await isThere(file)) && (await readTlsBundle(file)).ends > now + RENEW_BEFORE_S
}

/** All whom the list knows and the embedded broker would let in. */
function clientsOf(trust: Trust, { gateway, now }: BrokerSetup): readonly BrokerClient[] {
  const district = gateway.config.station
  const nameOf = stationsByKid(district, { current: trust }, () => now)
  const relays = trust.keys.filter((key) => key.use === 'relay' && isInForce(key, now))
  const ours = relays.filter(
    ({ station, role }) => role === 'district' || districtOf(station) === district,
  )
  const clients = new Map<string, BrokerClient>()
  for (const { kid } of ours) {
    const station = nameOf(kid)
    if (station !== undefined) clients.set(kid, { kid, station })
  }
  return [...clients.values()]
}
