import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { parseKioskConfig } from '../../firmware/config.ts'
import type { Kiosk } from '../../firmware/kiosk.ts'
import { type GatewayConfig, parseGatewayConfig } from '../../gateway/config.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { type DistrictPath, districtOf } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import type { World } from '../provision/world.ts'
import { type Cable, layCable } from '../room/cable.ts'
import type { Room } from '../room/room.ts'
import { createClosers } from '../stations/closers.ts'
import { openGatewayStation } from '../stations/gateway-station.ts'
import { openKioskStation } from '../stations/kiosk-station.ts'

/** A gateway of a running world. */
export type RunningGateway = {
  readonly name: string
  readonly district: DistrictPath
  readonly gateway: Gateway
}

/** A kiosk of a running world, its place in the room and its line to the gateway. */
export type RunningKiosk = {
  readonly name: string
  readonly district: DistrictPath
  readonly kiosk: Kiosk
  readonly cable: Cable
}

/** All stations of a world in one process; what they say to one another goes over MQTT. */
export type RunningWorld = {
  readonly gateways: readonly RunningGateway[]
  readonly kiosks: readonly RunningKiosk[]
  gatewayOf(district: DistrictPath): RunningGateway
  close(): Promise<void>
}

/** Starts every station of a world, each on its own keys and store, the kiosks with simulated devices. */
export async function startWorld(
  world: World,
  room: Room,
  log: Log,
  onFailure: (error: unknown) => void,
): Promise<RunningWorld> {
  const closers = createClosers(log)
  try {
    const configs: GatewayConfig[] = []
    for (const { config } of world.gateways) {
      configs.push(parseGatewayConfig(await readFile(config, 'utf8'), config))
    }
    const ports = await pickPorts(configs)
    const gateways: RunningGateway[] = []
    for (const [i, { name, folder, path }] of world.gateways.entries()) {
      const config = configs[i]
      if (config === undefined) continue
      const station = await openGatewayStation({
        config: { ...config, ...brokersAt(config, ports) },
        folder,
        log: log.child({ station: path }),
        onFailure,
      })
      closers.add(station)
      gateways.push({ name, district: config.station, gateway: station.gateway })
    }
    const kiosks: RunningKiosk[] = []
    for (const { name, config: file, folder, path } of world.kiosks) {
      const config = parseKioskConfig(await readFile(file, 'utf8'), file)
      const district = districtOf(path)
      const scheme = config.broker.url.startsWith('mqtts:') ? 'mqtts' : 'mqtt'
      const cable = closers.add(await layCable(ports.get(district) ?? 0, scheme))
      const station = closers.add(
        await openKioskStation({
          config,
          folder,
          log: log.child({ station: path }),
          simulated: room.place(name),
          brokerUrl: cable.url,
        }),
      )
      kiosks.push({ name, district, kiosk: station.kiosk, cable })
    }
    return {
      gateways,
      kiosks,
      gatewayOf: (district) =>
        gateways.find((gateway) => gateway.district === district) ?? noGateway(district),
      close: closers.close,
    }
  } catch (error) {
    await closers.close()
    throw error
  }
}

/** A free port of 127.0.0.1 for each broker: the configured one, or another where that is taken. */
async function pickPorts(configs: readonly GatewayConfig[]): Promise<Map<DistrictPath, number>> {
  const ports = new Map<DistrictPath, number>()
  for (const { station, broker } of configs) {
    const wanted = 'listenPort' in broker ? broker.listenPort : 0
    ports.set(station, (await freePort(wanted)) ?? (await freePort(0)) ?? wanted)
  }
  return ports
}

function brokersAt(
  { station, broker, peers }: GatewayConfig,
  ports: ReadonlyMap<DistrictPath, number>,
): Pick<GatewayConfig, 'broker' | 'peers'> {
  return {
    broker: { ...broker, listenPort: ports.get(station) ?? 0 },
    peers: peers.map((peer) => {
      const port = ports.get(peer.path)
      const [scheme] = peer.broker.split(':', 1)
      return port === undefined ? peer : { ...peer, broker: `${scheme}://127.0.0.1:${port}` }
    }),
  }
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      server.close(() => resolve(port))
    })
  })
}

function noGateway(district: DistrictPath): never {
  throw new PersonhoodError('call.world', `no gateway of ${district} runs in this world`)
}
