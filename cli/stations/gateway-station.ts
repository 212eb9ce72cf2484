import { resolve } from 'node:path'
import type { EmbeddedBroker, GatewayConfig } from '../../gateway/config.ts'
import type { GatewayDeps } from '../../gateway/deps.ts'
import { type Gateway, startGateway } from '../../gateway/gateway.ts'
import { type IngestProcess, startIngest } from '../../gateway/ingest-process.ts'
import { type DistrictPath, districtOf } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type Broker, type BrokerTls, startBroker } from '../../runtime/broker.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { loadOrCreate } from '../../runtime/key-store.ts'
import type { Log } from '../../runtime/log.ts'
import { logBackend, searchBackend } from '../../runtime/search-backend.ts'
import { readTlsBundle } from '../../runtime/tls/bundle.ts'
import { BROKER_SECRET, brokerRights, stationsByKid } from './broker-access.ts'
import { warnOfEnd } from './broker-line.ts'
import { createClosers } from './closers.ts'
import { gatewayLines } from './gateway-lines.ts'
import { type Ground, openGround } from './ground.ts'
import { loadKey } from './load-key.ts'
import { openOracleStation } from './match-station.ts'

/** What a gateway process is made of. */
export type GatewayStation = {
  readonly gateway: Gateway
  /** The embedded broker, where this gateway runs its own. */
  readonly broker: Broker | undefined
  close(): Promise<void>
}

/** How to start a gateway out of its folder. */
export type GatewayStationOptions = {
  readonly config: GatewayConfig
  /** Folder of the configuration file: keys, store and relative paths are found from it. */
  readonly folder: string
  readonly log: Log
  /** Told once when the gateway cannot go on. */
  readonly onFailure: (error: unknown) => void
}

const USES = ['relay', 'final', 'seal'] as const

/**
 * Opens keys, store, broker and connections, and starts the gateway on them. `all` and `api` are one
 * writer in the database: both drive every check, and of one name there is one process (`store.busy`).
 */
export async function openGatewayStation(
  options: GatewayStationOptions & { readonly role?: 'api' | 'all' },
): Promise<GatewayStation> {
  const { config, folder, log, role = 'all' } = options
  const closers = createClosers(log)
  try {
    const ground = await openGround({ config, folder, uses: USES }, closers)
    const { data, keys, snapshot } = ground
    logBackend(await searchBackend(), log)
    const secret = await loadKey(keys, BROKER_SECRET, data)
    const broker =
      'listenPort' in config.broker
        ? closers.add(
            await startBroker(brokerRights(config.station, secret), {
              port: config.broker.listenPort,
              ...(config.broker.host === undefined ? {} : { host: config.broker.host }),
              ...(await brokerTls(config.broker, { ...ground, log }, folder)),
            }),
          )
        : undefined
    const lines = gatewayLines({ ...options, purpose: '' }, ground, closers)
    const transport = await lines.own(broker?.localUrl)
    const peers = await lines.peers()
    const oracle =
      config.search.by === 'workers'
        ? closers.add(await openOracleStation({ config, folder, log, holdsShards: role === 'all' }))
        : undefined
    const gateway = closers.add(
      await startGateway({
        ...depsOf(options, ground),
        ...{ role, transport },
        gallery: { ...config.search, snapshot },
        ...(oracle === undefined ? {} : { oracle }),
        peerTransports: (peer) => peers.get(peer) ?? unknownPeer(peer),
      }),
    )
    return { gateway, broker, close: closers.close }
  } catch (error) {
    await closers.close()
    throw error
  }
}

/** Name of the group in which ingest processes share what a broker brings (MQTT 5 §4.8.2). */
const SHARE = 'ingest'

/** Opens what an ingest process needs, and starts it; `name` tells it from others of its district. */
export async function openIngestStation(
  options: GatewayStationOptions & { readonly name: string },
): Promise<{ readonly ingest: IngestProcess; close(): Promise<void> }> {
  const { config, folder, log, name } = options
  const closers = createClosers(log)
  try {
    const writer = `ingest@${name}`
    const ground = await openGround({ config, folder, uses: USES, writer }, closers)
    const lines = gatewayLines({ ...options, purpose: writer }, ground, closers)
    const isShared = 'urls' in config.broker && config.broker.protocolVersion === 5
    const ingest = closers.add(
      await startIngest({
        ...depsOf(options, ground),
        ...(isShared ? { share: SHARE } : {}),
        transport: await lines.own(),
      }),
    )
    return { ingest, close: closers.close }
  } catch (error) {
    await closers.close()
    throw error
  }
}

function depsOf(
  { config, log, onFailure }: GatewayStationOptions,
  { station, trust, store, clock, messenger }: Ground,
): Omit<GatewayDeps, 'gallery' | 'peerTransports' | 'transport'> {
  const verify = verifySecp256k1
  return { config, station, trust, store, clock, messenger, log, verify, onFailure }
}

/** TLS of an embedded broker, where it has a certificate: who is let in, the trust list says. */
async function brokerTls(
  { serverTlsFile }: EmbeddedBroker,
  { keys, trust, clock, station, log }: Ground & { readonly log: Log },
  folder: string,
): Promise<{ readonly tls?: BrokerTls }> {
  if (serverTlsFile === undefined) return {}
  const bundle = await readTlsBundle(resolve(folder, serverTlsFile))
  const nowUnix = () => clock.now().unix
  warnOfEnd(bundle.ends, nowUnix(), log, { file: serverTlsFile })
  const ticketKeys = await loadOrCreate(keys, TICKET_KEYS, TICKET_KEYS_BYTES)
  const nameOf = stationsByKid(districtOf(station.path), trust, nowUnix)
  return { tls: { ...bundle, ticketKeys, nameOf } }
}

/** Name in a gateway's key store of the keys of its broker's TLS sessions. */
const TICKET_KEYS = 'broker-tickets'
/** tls.createServer: ticketKeys. */
const TICKET_KEYS_BYTES = 48

function unknownPeer(peer: DistrictPath): never {
  throw new PersonhoodError('call.peer', `${peer} is no configured peer`)
}
