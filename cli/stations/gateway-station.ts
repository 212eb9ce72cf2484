import { resolve } from 'node:path'
import type { EmbeddedBroker, GatewayConfig } from '../../gateway/config.ts'
import { type Gateway, startGateway } from '../../gateway/gateway.ts'
import { type DistrictPath, districtOf } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type Broker, type BrokerTls, startBroker } from '../../runtime/broker.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { loadOrCreate } from '../../runtime/key-store.ts'
import type { Log } from '../../runtime/log.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { logBackend, searchBackend } from '../../runtime/search-backend.ts'
import { readTlsBundle } from '../../runtime/tls/bundle.ts'
import type { Transport } from '../../runtime/transport.ts'
import {
  BROKER_PASSWORD,
  BROKER_SECRET,
  brokerRights,
  peerPasswordName,
  stationsByKid,
} from './broker-access.ts'
import { openBrokerLine, warnOfEnd } from './broker-line.ts'
import { createClosers } from './closers.ts'
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

/** Opens keys, store, broker and connections, and starts the gateway on them. */
export async function openGatewayStation(options: GatewayStationOptions): Promise<GatewayStation> {
  const { config, folder, log } = options
  const closers = createClosers(log)
  try {
    const uses = ['relay', 'final', 'seal'] as const
    const ground = await openGround({ config, folder, uses }, closers)
    const { data, keys, store, snapshot, clock, station, trust, messenger } = ground
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
    const connect = async (
      place: { readonly url: string; readonly tlsFile?: string; readonly protocolVersion?: 4 | 5 },
      passwordName: string,
    ): Promise<Transport> => {
      const { url, tlsFile, protocolVersion = 4 } = place
      const line = await openBrokerLine({
        ...{ station: config.station, url, tlsFile, folder, data, keys, passwordName },
      })
      warnOfEnd(line.certificateEnds, clock.now().unix, log, { url })
      return closers.add(
        connectMqtt({
          ...line.options,
          protocolVersion,
          random: Math.random,
          onFault: ({ code, message }) => log.warn('link.fault', { url, code, message }),
        }),
      )
    }
    const transport = await connect(ownBroker(config.broker, broker), BROKER_PASSWORD)
    const peers = new Map<DistrictPath, Transport>()
    for (const { path, broker: url, tlsFile } of config.peers) {
      const place = { url, ...(tlsFile === undefined ? {} : { tlsFile }) }
      peers.set(path, await connect(place, peerPasswordName(path)))
    }
    const oracle =
      config.search.by === 'workers'
        ? closers.add(await openOracleStation({ config, folder, log, holdsShards: true }))
        : undefined
    const gateway = closers.add(
      await startGateway({
        config,
        station,
        trust,
        store,
        gallery: { ...config.search, snapshot },
        ...(oracle === undefined ? {} : { oracle }),
        clock,
        messenger,
        transport,
        peerTransports: (peer) => peers.get(peer) ?? unknownPeer(peer),
        log,
        verify: verifySecp256k1,
        onFailure: options.onFailure,
      }),
    )
    return { gateway, broker, close: closers.close }
  } catch (error) {
    await closers.close()
    throw error
  }
}

/** Where this gateway's own connection goes: to its own broker over this machine. */
function ownBroker(
  config: GatewayConfig['broker'],
  embedded: Broker | undefined,
): { readonly url: string; readonly tlsFile?: string; readonly protocolVersion?: 4 | 5 } {
  if ('url' in config) return config
  const { tlsFile } = config
  return { url: embedded?.localUrl ?? '', ...(tlsFile === undefined ? {} : { tlsFile }) }
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
