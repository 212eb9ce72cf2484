import { STATUS_LIST_ENTRIES } from '../protocol/credential.ts'
import { isDemo, isStationPath, type StationPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { LEASE_INDICES, type Lease } from '../protocol/messages/lease.ts'
import { DAY_S } from '../protocol/time.ts'
import { MAX_PROVISIONAL_S } from '../protocol/verify.ts'
import { parseConfig } from '../runtime/config.ts'
import {
  brokerUrl,
  flag,
  integer,
  list,
  oneOf,
  optional,
  parsed,
  type Schema,
  table,
  text,
  withDefault,
} from '../runtime/config-schema.ts'

/** Where a device is: the built-in simulator, or the path of a serial port. */
export type DeviceConfig =
  | { readonly kind: 'simulator' }
  | { readonly kind: 'serial'; readonly path: string }

/** Where the panel is, and when it restarts a computer that has fallen silent. */
export type PanelConfig = {
  readonly path: string
  /** Seconds of silence, 60..6000: longer than the computer takes to start; 0 = never. */
  readonly restartS: number
}

/** How the kiosk reaches its district's broker. */
export type KioskBroker = {
  readonly url: string
  /** 4 = MQTT 3.1.1, 5 = MQTT 5. */
  readonly protocolVersion: 4 | 5
  /** Seconds between pings on an idle line. */
  readonly keepaliveS: number
  /** File of mode 0600 with key, certificate and authority, for `mqtts:`. */
  readonly tlsFile: string | undefined
}

/** Pings of an idle line, in seconds: on 2G each is paid for, and operators' gateways keep a flow for minutes. */
const KEEPALIVE_S: { readonly [line in Line]: number } = { lan: 60, '2g': 300 }

/** How the outbox is sent: `lan`, or `2g` where a record takes seconds and each byte is paid for. */
export type Line = 'lan' | '2g'

/** What goes over the line, and how much of it at once. */
export type RelayConfig = {
  readonly line: Line
  /** Iris templates in fewer bytes (docs/iris-template.md §4); false for a gateway that cannot read them yet. */
  readonly areTemplatesCoded: boolean
  /** Status indices that the kiosk keeps in hand, so many enrolments without a line: 64 unless told. */
  readonly indicesInHand: number
}

/** What one kiosk is configured with. Files are as written: relative to the file that names them. */
export type KioskConfig = {
  /** `a.b.c.d/k1`. */
  readonly station: StationPath
  /** Demonstration roots and simulators; a production kiosk refuses both (docs/protocol.md §3). */
  readonly demo: boolean
  /** Days that a provisional credential is valid: 1..120, 30 unless told. */
  readonly provisionalDays: number
  /** Where store and keys rest. */
  readonly data: string
  /** A folder with `roots.json` and `trust.cbor`. */
  readonly trust: { readonly folder: string }
  readonly broker: KioskBroker
  readonly relay: RelayConfig
  /** Port of the page on 127.0.0.1; 0 takes any free one. */
  readonly pagePort: number
  /** Blocks of status indices given at provisioning, so that the first enrolments need no link. */
  readonly leases: readonly Lease[]
  readonly orb: DeviceConfig
  readonly nfc: DeviceConfig
  /** The panel, where the kiosk has one. */
  readonly panel: PanelConfig | undefined
  /** File of mode 0600 with the keys of the district's cards; without it a tap proves the signature alone. */
  readonly cardKeysFile: string | undefined
}

/** Reads a kiosk's configuration; throws `config.invalid` naming every problem, `file` first. */
export function parseKioskConfig(toml: string, file: string): KioskConfig {
  return parseConfig(toml, kioskConfigSchema, file)
}

const stationPath: Schema<StationPath> = parsed(text(200), (value) => {
  if (isStationPath(value) && value.includes('/')) return value
  throw invalid('is no path of a kiosk, such as a.b.c.d/k1')
})

const device: Schema<DeviceConfig> = parsed(table({ port: text() }), ({ port: path }) =>
  path === 'simulator' ? { kind: 'simulator' } : { kind: 'serial', path },
)

const brokerSchema = parsed(
  table({
    url: brokerUrl(),
    protocol: withDefault(oneOf('3.1.1', '5'), '3.1.1'),
    keepalive_s: optional(integer(5, 3600)),
    tls_file: optional(text()),
  }),
  ({ url, protocol, keepalive_s: keepaliveS, tls_file: tlsFile }) => {
    if (url.startsWith('mqtts:') && tlsFile === undefined) {
      throw invalid('wants tls_file: a broker takes nobody without a certificate')
    }
    const protocolVersion: 4 | 5 = protocol === '5' ? 5 : 4
    return { url, protocolVersion, keepaliveS, tlsFile }
  },
)

const RELAY: RelayConfig = { line: 'lan', areTemplatesCoded: true, indicesInHand: 64 }

const relaySchema: Schema<RelayConfig> = parsed(
  table({
    line: withDefault(oneOf('lan', '2g'), 'lan'),
    coded_templates: withDefault(flag(), true),
    indices_in_hand: withDefault(integer(64, 8192), RELAY.indicesInHand),
  }),
  ({ line, coded_templates, indices_in_hand: indicesInHand }) => ({
    line: line === '2g' ? '2g' : 'lan',
    areTemplatesCoded: coded_templates,
    indicesInHand,
  }),
)

const panelSchema: Schema<PanelConfig> = parsed(
  table({ port: text(), restart_s: withDefault(integer(0, 6000), 0) }),
  ({ port: path, restart_s: restartS }) => {
    if (restartS === 0 || restartS >= 60) return { path, restartS }
    throw invalid('has restart_s below 60: the computer would not have started by then')
  },
)

const lease: Schema<Lease> = parsed(
  table({
    list: integer(0, 0xff_ff_ff_ff),
    start: integer(0, STATUS_LIST_ENTRIES - 1),
    count: withDefault(integer(1, STATUS_LIST_ENTRIES), LEASE_INDICES),
  }),
  (block) => {
    if (block.start + block.count <= STATUS_LIST_ENTRIES) return block
    throw invalid(`ends beyond index ${STATUS_LIST_ENTRIES - 1}`)
  },
)

/** The tables and keys of `kiosk.toml`. */
export const kioskConfigSchema: Schema<KioskConfig> = parsed(
  table({
    station: stationPath,
    demo: withDefault(flag(), false),
    provisional_days: withDefault(integer(1, MAX_PROVISIONAL_S / DAY_S), 30),
    data: withDefault(text(), 'data'),
    trust: table({ folder: text() }),
    broker: brokerSchema,
    relay: withDefault(relaySchema, RELAY),
    page: withDefault(table({ port: withDefault(integer(0, 65_535), 0) }), { port: 0 }),
    lease: withDefault(list(lease, 64), []),
    orb: device,
    nfc: device,
    panel: optional(panelSchema),
    card: withDefault(table({ keys_file: optional(text()) }), { keys_file: undefined }),
  }),
  ({ provisional_days: provisionalDays, page, lease: leases, card, ...config }) => {
    const problem = contradictionOf(config)
    if (problem !== undefined) throw invalid(problem)
    const { broker, relay } = config
    return {
      ...config,
      broker: { ...broker, keepaliveS: broker.keepaliveS ?? KEEPALIVE_S[relay.line] },
      provisionalDays,
      pagePort: page.port,
      leases,
      cardKeysFile: card.keys_file,
    }
  },
)

/** What no single value shows. */
function contradictionOf(
  config: Pick<KioskConfig, 'station' | 'demo' | 'orb' | 'nfc'>,
): string | undefined {
  const { station, demo, orb, nfc } = config
  if (demo && !isDemo(station)) {
    return `demo = true is for stations below demo, and ${station} is none: take it out`
  }
  if (!demo && isDemo(station)) {
    return `station ${station} is for demonstrations: set demo = true, or give a real path`
  }
  const isSimulated = orb.kind === 'simulator' || nfc.kind === 'simulator'
  if (!demo && isSimulated) {
    return 'a simulator enrols nobody: give the serial ports of orb and nfc, or set demo = true'
  }
  return undefined
}

function invalid(problem: string): PersonhoodError {
  return new PersonhoodError('config.value', problem)
}
