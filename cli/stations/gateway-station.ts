import type { GatewayConfig } from '../../gateway/config.ts'
import { type Gateway, startGateway } from '../../gateway/gateway.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type Broker, startBroker } from '../../runtime/broker.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import type { Log } from '../../runtime/log.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { logBackend, searchBackend } from '../../runtime/search-backend.ts'
import type { Transport } from '../../runtime/transport.ts'
import {
  BROKER_PASSWORD,
  BROKER_SECRET,
  brokerRights,
  passwordText,
  peerPasswordName,
} from './broker-access.ts'
import { createClosers } from './closers.ts'
import { openGround } from './ground.ts'
import { loadKey } from './load-key.ts'

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
            }),
          )
        : undefined
    const connect = async (url: string, passwordName: string): Promise<Transport> =>
      closers.add(
        connectMqtt({
          url,
          clientId: config.station,
          username: config.station,
          password: passwordText(await loadKey(keys, passwordName, data)),
          random: Math.random,
          onFault: ({ code, message }) => log.warn('link.fault', { url, code, message }),
        }),
      )
    const ownUrl = 'url' in config.broker ? config.broker.url : (broker?.url ?? '')
    const transport = await connect(ownUrl, BROKER_PASSWORD)
    const peers = new Map<DistrictPath, Transport>()
    for (const { path, broker: url } of config.peers) {
      peers.set(path, await connect(url, peerPasswordName(path)))
    }
    const gateway = closers.add(
      await startGateway({
        config,
        station,
        trust,
        store,
        gallery: { ...config.search, snapshot },
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

function unknownPeer(peer: DistrictPath): never {
  throw new PersonhoodError('call.peer', `${peer} is no configured peer`)
}
