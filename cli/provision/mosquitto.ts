import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import { topicRights } from '../../protocol/topics.ts'

/** A client of a broker: the common name of its certificate, and whose that is. */
export type BrokerClient = { readonly kid: string; readonly station: StationPath }

/** What a Mosquitto of a district is set up with. */
export type MosquittoOptions = {
  readonly district: DistrictPath
  readonly clients: readonly BrokerClient[]
  readonly port: number
  /** Address to listen on; all of the machine's where it is left out. */
  readonly bind?: string
  /** Folder that the broker reads its files in. */
  readonly folder: string
  /** The dynamic security plugin of the Debian package. */
  readonly plugin: string
}

/** Names of the files that belong together in a broker's folder. */
export const MOSQUITTO_FILES = {
  configuration: 'mosquitto.conf',
  rights: 'dynamic-security.json',
  authority: 'authority.pem',
  certificate: 'broker.pem',
} as const

/** Where Debian puts the plugin, by Node's name for the machine. */
export function debianPlugin(arch: string): string {
  const triplet = arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
  return `/usr/lib/${triplet}/mosquitto_dynamic_security.so`
}

/** The longest trust list (4 MiB) with its topic. */
const MAX_PACKET_BYTES = 4_194_304 + 1024

/** The text of a `mosquitto.conf` (Mosquitto 2.0): nobody without a certificate, no right that is not given. */
export function mosquittoConf({ port, bind, folder, plugin }: MosquittoOptions): string {
  const { rights, authority, certificate } = MOSQUITTO_FILES
  return `# The broker of a district, made by personhood: rights are in ${rights}.
# Both are made anew when a kiosk is added or renewed; then restart the broker. Kiosks come back by
# themselves, and keep what has no receipt.
per_listener_settings false
allow_anonymous false
plugin ${plugin}
plugin_opt_config_file ${folder}/${rights}

# The outboxes own durability: nothing rests here, and nothing is waited for.
persistence false
max_packet_size ${MAX_PACKET_BYTES}
max_inflight_messages 20
max_queued_messages 2000
max_queued_bytes 33554432
max_keepalive 3600
connection_messages true

listener ${port}${bind === undefined ? '' : ` ${bind}`}
protocol mqtt
max_connections 20000
socket_domain ${bind?.includes(':') === true ? 'ipv6' : 'ipv4'}
cafile ${folder}/${authority}
certfile ${folder}/${certificate}
keyfile ${folder}/${certificate}
require_certificate true
# A client is the common name of its certificate: the key identifier of its relay key.
use_identity_as_username true
`
}

/**
 * The rights file of Mosquitto's dynamic security plugin: one role for each certificate, and nothing
 * for anybody else. An access file would let everyone subscribe to `#` and only filter what arrives;
 * the plugin refuses the subscription itself.
 */
export function dynamicSecurity({ district, clients }: MosquittoOptions): string {
  const roles = clients.map(({ kid, station }) => ({
    rolename: kid,
    textdescription: station,
    acls: aclsOf(district, station),
  }))
  const content = {
    defaultACLAccess: {
      publishClientSend: false,
      publishClientReceive: false,
      subscribe: false,
      unsubscribe: true,
    },
    clients: clients.map(({ kid, station }) => ({
      username: kid,
      textname: station,
      roles: [{ rolename: kid }],
    })),
    roles,
  }
  return `${JSON.stringify(content, undefined, 1)}\n`
}

function aclsOf(district: DistrictPath, station: StationPath): readonly object[] {
  const { publish, receive } = topicRights(district, station)
  const allow = (acltype: string, topic: string) => ({ acltype, topic, allow: true })
  // Several processes of one gateway share the work of what arrives (MQTT 5 §4.8.2).
  const shared = station === district ? receive.map((filter) => `$share/+/${filter}`) : []
  return [
    ...publish.map((topic) => allow('publishClientSend', topic)),
    ...receive.map((topic) => allow('publishClientReceive', topic)),
    ...[...receive, ...shared].map((topic) => allow('subscribePattern', topic)),
  ]
}
