import { type DistrictPath, isStationPath } from './district.ts'

/** Topic names of a district (docs/protocol.md §8): `pop/1/<district>/…`. */
const PREFIX = 'pop/1'

/** Where a kiosk says that it is there; its will message says that it is gone. */
export function kioskState(district: DistrictPath, kiosk: string): string {
  return `${PREFIX}/${district}/k/${kiosk}/state`
}

/** From a kiosk to its gateway. */
export function kioskUp(district: DistrictPath, kiosk: string, type: string): string {
  return `${PREFIX}/${district}/k/${kiosk}/up/${type}`
}

/** From a gateway to one kiosk. */
export function kioskDown(district: DistrictPath, kiosk: string, type: string): string {
  return `${PREFIX}/${district}/k/${kiosk}/dn/${type}`
}

/** What a gateway tells everyone, retained: `trust`, `descriptor`, `status/<list>/full`. */
export function gatewayPublic(district: DistrictPath, what: string): string {
  return `${PREFIX}/${district}/g/${what}`
}

/** A gateway's inbox for its peers: `from` writes to `district`. */
export function gatewayInbox(district: DistrictPath, from: DistrictPath, type: string): string {
  return `${PREFIX}/${district}/g/in/${from}/${type}`
}

/** All that kiosks of a district send. */
export function allKiosksUp(district: DistrictPath): string {
  return `${PREFIX}/${district}/k/+/up/+`
}

/** The state of every kiosk of a district. */
export function allKioskStates(district: DistrictPath): string {
  return `${PREFIX}/${district}/k/+/state`
}

/** All that a gateway sends to one kiosk. */
export function allDown(district: DistrictPath, kiosk: string): string {
  return `${PREFIX}/${district}/k/${kiosk}/dn/+`
}

/** All that peers send to a gateway. */
export function wholeInbox(district: DistrictPath): string {
  return `${PREFIX}/${district}/g/in/+/+`
}

/** All status lists of a district. */
export function allStatusLists(district: DistrictPath): string {
  return `${PREFIX}/${district}/g/status/+/full`
}

/**
 * True when the named client of a district's broker may publish here: a kiosk under its own id,
 * a peer gateway in its own inbox, the district's gateway anywhere in the district.
 */
export function mayPublish(district: DistrictPath, client: string, topic: string): boolean {
  if (!isStationPath(client) || /[+#\0]/.test(topic)) return false
  if (client === district) return topic.startsWith(`${PREFIX}/${district}/`)
  if (!client.includes('/')) return topic.startsWith(`${PREFIX}/${district}/g/in/${client}/`)
  const own = ownTopics(district, client)
  return own !== undefined && (topic === `${own}/state` || topic.startsWith(`${own}/up/`))
}

/**
 * True when the named client may receive this topic (or subscribe to this filter): the gateway all
 * of its district, everyone what it tells everyone, a kiosk also what is sent down to it.
 */
export function maySubscribe(district: DistrictPath, client: string, filter: string): boolean {
  if (!isStationPath(client)) return false
  if (client === district) return filter.startsWith(`${PREFIX}/${district}/`)
  if (isPublicFilter(district, filter)) return true
  const own = ownTopics(district, client)
  return own !== undefined && filter.startsWith(`${own}/dn/`)
}

/** What a gateway tells everyone, by its first level; all else under `g/` is not for everyone. */
const PUBLIC: readonly string[] = ['descriptor', 'trust', 'status', 'log']

/** A wildcard in the first level would let everyone read the inbox. */
function isPublicFilter(district: DistrictPath, filter: string): boolean {
  const prefix = `${PREFIX}/${district}/g/`
  if (!filter.startsWith(prefix)) return false
  const [first = ''] = filter.slice(prefix.length).split('/', 1)
  return PUBLIC.includes(first)
}

/** What a client may do, as topic filters (MQTT 5 §4.7), for a broker that is configured with such. */
export type TopicRights = {
  readonly publish: readonly string[]
  readonly receive: readonly string[]
}

/**
 * The rights that `mayPublish` and `maySubscribe` give a client, as filters: it may publish what one
 * of `publish` takes, and receive, or subscribe to any filter within, what one of `receive` takes.
 */
export function topicRights(district: DistrictPath, client: string): TopicRights {
  if (!isStationPath(client)) return { publish: [], receive: [] }
  const all = `${PREFIX}/${district}/#`
  if (client === district) return { publish: [all], receive: [all] }
  const open = PUBLIC.map((first) => `${PREFIX}/${district}/g/${first}/#`)
  if (!client.includes('/')) {
    return { publish: [`${PREFIX}/${district}/g/in/${client}/#`], receive: open }
  }
  const own = ownTopics(district, client)
  if (own === undefined) return { publish: [], receive: open }
  return { publish: [`${own}/state`, `${own}/up/#`], receive: [...open, `${own}/dn/#`] }
}

function ownTopics(district: DistrictPath, client: string): string | undefined {
  const kiosk = client.startsWith(`${district}/`) ? client.slice(district.length + 1) : undefined
  return kiosk === undefined ? undefined : `${PREFIX}/${district}/k/${kiosk}`
}
