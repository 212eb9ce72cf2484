import type { BrokerConfig, GatewayConfig } from '../../gateway/config.ts'
import type { DistrictPath } from '../../protocol/district.ts'
import { joinTransports } from '../../runtime/joined-transport.ts'
import type { Log } from '../../runtime/log.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import type { Transport } from '../../runtime/transport.ts'
import { BROKER_PASSWORD, peerPasswordName } from './broker-access.ts'
import { openBrokerLine, warnOfEnd } from './broker-line.ts'
import type { Closers } from './closers.ts'
import type { Ground } from './ground.ts'

/** The lines of a gateway process to brokers. */
export type GatewayLines = {
  /** To the district's own: to the embedded one over this machine where its address is given. */
  own(embeddedUrl?: string): Promise<Transport>
  peers(): Promise<ReadonlyMap<DistrictPath, Transport>>
}

/** What they are made with; `purpose` tells processes of one district apart at a broker. */
export type GatewayLinesOptions = {
  readonly config: Pick<GatewayConfig, 'station' | 'broker' | 'peers'>
  readonly folder: string
  readonly log: Log
  readonly purpose: string
}

/** Makes lines; they are closed with `closers`. */
export function gatewayLines(
  { config, folder, log, purpose }: GatewayLinesOptions,
  { clock, data, keys }: Ground,
  closers: Closers,
): GatewayLines {
  const { station } = config

  async function connect(
    place: { readonly url: string; readonly tlsFile?: string; readonly protocolVersion?: 4 | 5 },
    passwordName: string,
  ): Promise<Transport> {
    const { url, tlsFile, protocolVersion = 4 } = place
    const line = await openBrokerLine({
      ...{ station, url, tlsFile, folder, data, keys, passwordName, purpose },
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

  return {
    async own(embeddedUrl) {
      const { urls, ...place } = ownPlaces(config.broker, embeddedUrl)
      const lines = urls.map((url) => connect({ ...place, url }, BROKER_PASSWORD))
      return joinTransports(await Promise.all(lines))
    },
    async peers() {
      const lines = new Map<DistrictPath, Transport>()
      for (const { path, broker: url, tlsFile } of config.peers) {
        const place = { url, ...(tlsFile === undefined ? {} : { tlsFile }) }
        lines.set(path, await connect(place, peerPasswordName(path)))
      }
      return lines
    },
  }
}

/** A process beside the one with the embedded broker finds it where that one listens. */
function ownPlaces(
  config: BrokerConfig,
  embeddedUrl: string | undefined,
): {
  readonly urls: readonly string[]
  readonly tlsFile?: string
  readonly protocolVersion?: 4 | 5
} {
  if ('urls' in config) return config
  const { tlsFile, serverTlsFile, listenPort, host = '127.0.0.1' } = config
  const scheme = serverTlsFile === undefined ? 'mqtt' : 'mqtts'
  const urls = [embeddedUrl ?? `${scheme}://${host}:${listenPort}`]
  return { urls, ...(tlsFile === undefined ? {} : { tlsFile }) }
}
