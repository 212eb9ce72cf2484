import { join } from 'node:path'
import { allStatusLists } from '../../protocol/topics.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { STATION_TLS } from '../provision/station-folder.ts'
import type { World, WorldStation } from '../provision/world.ts'
import { BROKER_PASSWORD } from '../stations/broker-access.ts'
import { openBrokerLine } from '../stations/broker-line.ts'
import type { RunningKiosk, RunningWorld } from '../world/running-world.ts'
import { until } from './until.ts'

const FETCH_MS = 10_000

/**
 * The signed status lists as every verifier gets them: retained on each district's broker. Rejects
 * with `call.story` where a published list does not come in ten seconds.
 */
export async function fetchStatusLists(
  { kiosks }: World,
  running: RunningWorld,
): Promise<readonly Uint8Array[]> {
  const lists: Uint8Array[] = []
  for (const { gateway, district } of running.gateways) {
    await gateway.idle()
    const client = running.kiosks.find((kiosk) => kiosk.district === district)
    const station = kiosks.find(({ name }) => name === client?.name)
    if (client === undefined || station === undefined) continue
    lists.push(...(await fetchFrom(client, station, gateway.state.statusLists.length)))
  }
  return lists
}

async function fetchFrom(
  { cable, district, name }: RunningKiosk,
  { path, folder }: WorldStation,
  count: number,
): Promise<readonly Uint8Array[]> {
  const data = join(folder, 'data')
  const keys = await openFileKeyStore(join(data, 'keys'))
  const line = await openBrokerLine({
    ...{ station: path, url: cable.url, tlsFile: STATION_TLS, folder, data, keys },
    ...{ passwordName: BROKER_PASSWORD, purpose: 'verifier' },
  })
  const transport = connectMqtt({ ...line.options, random: Math.random })
  const found = new Map<string, Uint8Array>()
  const listeners = new Set<() => void>()
  const watched = {
    state: found,
    onState(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  try {
    await transport.subscribe(allStatusLists(district), ({ topic, payload }) => {
      found.set(topic, payload)
      for (const listener of listeners) listener()
    })
    const isWhole = () => (found.size >= count ? true : undefined)
    await until(watched, `the status lists of ${name}`, isWhole, FETCH_MS)
    return [...found.values()]
  } finally {
    await transport.close()
  }
}
