import { type DistrictPath, isDemo, parseDistrictPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { parseConfig } from '../runtime/config.ts'
import {
  brokerUrl,
  flag,
  integer,
  list,
  oneOf,
  oneOrMore,
  optional,
  parsed,
  type Schema,
  table,
  text,
  withDefault,
} from '../runtime/config-schema.ts'
import type { GalleryMemory } from '../runtime/gallery/banks.ts'
import { isLoopback } from '../runtime/loopback.ts'
import { DEFAULT_POLICY, type Policy } from './policy.ts'
import { type StoreConfig, storeSchema } from './store-config.ts'

/** A broker: one that this gateway runs itself, or one that stands elsewhere. */
export type BrokerConfig = (EmbeddedBroker | BrokerElsewhere) & {
  /** File of mode 0600 with our key and certificate and the district's authority, for TLS. */
  readonly tlsFile?: string
}

/** A broker in this process. */
export type EmbeddedBroker = {
  readonly listenPort: number
  /** Address to listen on; 127.0.0.1 unless told, and elsewhere only with `serverTlsFile`. */
  readonly host?: string
  /** File of mode 0600 with the broker's own key and certificate and the authority: then all is TLS. */
  readonly serverTlsFile?: string
}

/** Brokers of their own, such as Mosquitto; each kiosk is at one of them. */
export type BrokerElsewhere = {
  readonly urls: readonly string[]
  /** 4 = MQTT 3.1.1, the default; 5 = MQTT 5. */
  readonly protocolVersion?: 4 | 5
}

/** Another district and its broker, and the file that it gave us for it. */
export type PeerConfig = {
  readonly path: DistrictPath
  readonly broker: string
  readonly tlsFile?: string
}

/** How a gateway searches. */
export type SearchConfig = {
  readonly memory?: GalleryMemory
  readonly threads?: number
  /** `workers`: all who hold shards of the gallery in the database, this process among them. */
  readonly by?: 'workers'
}

/** What one gateway is configured with. Files are as written: relative to the file that names them. */
export type GatewayConfig = {
  readonly station: DistrictPath
  /** Allows a demonstration root (docs/protocol.md §3). */
  readonly demo: boolean
  /** Where store and keys rest. */
  readonly data: string
  /** A folder with `roots.json` and `trust.cbor`. */
  readonly trust: { readonly folder: string }
  readonly broker: BrokerConfig
  readonly peers: readonly PeerConfig[]
  /** What of the gallery stays in memory, and its threads; what is left out the machine decides. */
  readonly search: SearchConfig
  /** The database that holds the store; without it the store lies in the data folder. */
  readonly store?: StoreConfig
  /** Port of the page on 127.0.0.1; 0 takes any free one. */
  readonly pagePort: number
  readonly policy: Policy
}

/** Reads a gateway's configuration; throws `config.invalid` naming every problem, `file` first. */
export function parseGatewayConfig(toml: string, file: string): GatewayConfig {
  return parseConfig(toml, gatewayConfigSchema, file)
}

const districtPath: Schema<DistrictPath> = parsed(text(140), parseDistrictPath)
const port: Schema<number> = integer(0, 65_535)

const brokerSchema: Schema<BrokerConfig> = parsed(
  table({
    listen: optional(port),
    host: optional(text(250)),
    server_tls_file: optional(text()),
    url: optional(oneOrMore(brokerUrl())),
    protocol: optional(oneOf('3.1.1', '5')),
    tls_file: optional(text()),
  }),
  ({ tls_file: tlsFile, ...broker }) => ({
    ...(tlsFile === undefined ? {} : { tlsFile }),
    ...(broker.listen === undefined ? elsewhere(broker, tlsFile) : embedded(broker, tlsFile)),
  }),
)

/** `[broker]` as it is written, but for `tls_file`. */
type WrittenBroker = {
  readonly listen: number | undefined
  readonly host: string | undefined
  readonly server_tls_file: string | undefined
  readonly url: readonly string[] | undefined
  readonly protocol: string | undefined
}

function embedded(written: WrittenBroker, tlsFile: string | undefined): EmbeddedBroker {
  const { listen: listenPort, host, server_tls_file: serverTlsFile, url, protocol } = written
  if (listenPort === undefined || url !== undefined || protocol !== undefined) throw eitherOr()
  if (serverTlsFile !== undefined && tlsFile === undefined) {
    throw invalid('has server_tls_file and no tls_file: this gateway would not be let in itself')
  }
  if (serverTlsFile === undefined && !isLoopback(host ?? '127.0.0.1')) {
    throw invalid(`would listen at ${host} without TLS: it needs server_tls_file`)
  }
  return {
    listenPort,
    ...(host === undefined ? {} : { host }),
    ...(serverTlsFile === undefined ? {} : { serverTlsFile }),
  }
}

function elsewhere(written: WrittenBroker, tlsFile: string | undefined): BrokerElsewhere {
  const { host, server_tls_file: serverTlsFile, url: urls, protocol } = written
  if (urls === undefined || host !== undefined || serverTlsFile !== undefined) throw eitherOr()
  for (const url of urls) refuseNoCertificate(url, tlsFile)
  return { urls, protocolVersion: protocol === '5' ? 5 : 4 }
}

function eitherOr(): PersonhoodError {
  return invalid('wants either listen (host, server_tls_file) or url (protocol)')
}

const peerSchema: Schema<PeerConfig> = parsed(
  table({ path: districtPath, broker: brokerUrl(), tls_file: optional(text()) }),
  ({ path, broker, tls_file: tlsFile }) => {
    refuseNoCertificate(broker, tlsFile)
    return { path, broker, ...(tlsFile === undefined ? {} : { tlsFile }) }
  },
)

function refuseNoCertificate(url: string, tlsFile: string | undefined): void {
  if (url.startsWith('mqtts:') && tlsFile === undefined) {
    throw invalid('wants tls_file: a broker takes nobody without a certificate')
  }
}

const searchSchema: Schema<GatewayConfig['search']> = parsed(
  table({
    memory: optional(oneOf('lean', 'resident')),
    threads: optional(integer(0, 64)),
    by: optional(oneOf('workers')),
  }),
  ({ memory, threads, by }) => ({
    ...(by === undefined ? {} : { by }),
    ...(memory === undefined ? {} : { memory }),
    ...(threads === undefined ? {} : { threads }),
  }),
)

const policySchema: Schema<Policy> = parsed(
  table({
    answer_days: withDefault(integer(1, 60), DEFAULT_POLICY.answerDays),
    case_hours: withDefault(integer(1, 720), DEFAULT_POLICY.caseHours),
    provisional_days: withDefault(integer(1, 120), DEFAULT_POLICY.provisionalDays),
    final_days: withDefault(integer(1, 3650), DEFAULT_POLICY.finalDays),
    status_ttl_hours: withDefault(integer(1, 168), DEFAULT_POLICY.statusTtlHours),
    queries_per_kiosk_day: withDefault(integer(1, 1_000_000), DEFAULT_POLICY.queriesPerKioskDay),
    search_seconds: withDefault(integer(1, 3600), DEFAULT_POLICY.searchSeconds),
    resend_seconds: withDefault(integer(1, 3600), DEFAULT_POLICY.resendSeconds),
  }),
  (policy) => ({
    answerDays: policy.answer_days,
    caseHours: policy.case_hours,
    provisionalDays: policy.provisional_days,
    finalDays: policy.final_days,
    statusTtlHours: policy.status_ttl_hours,
    queriesPerKioskDay: policy.queries_per_kiosk_day,
    searchSeconds: policy.search_seconds,
    resendSeconds: policy.resend_seconds,
  }),
)

/** The tables and keys of `gateway.toml`. */
export const gatewayConfigSchema: Schema<GatewayConfig> = parsed(
  table({
    station: districtPath,
    demo: withDefault(flag(), false),
    data: withDefault(text(), 'data'),
    trust: table({ folder: text() }),
    broker: brokerSchema,
    peer: withDefault(list(peerSchema), []),
    page: withDefault(table({ port: withDefault(port, 0) }), { port: 0 }),
    search: withDefault(searchSchema, {}),
    policy: withDefault(policySchema, DEFAULT_POLICY),
    store: optional(storeSchema),
  }),
  ({ peer: peers, page, store, ...config }) => {
    const paths = peers.map(({ path }) => path)
    if (isDemo(config.station) !== config.demo) {
      throw invalid(
        config.demo
          ? `station ${config.station} is no demonstration path: leave demo out`
          : `station ${config.station} is a demonstration path: set demo = true, or give a real path`,
      )
    }
    if (paths.includes(config.station)) throw invalid(`${config.station} cannot be its own peer`)
    if (new Set(paths).size < paths.length) throw invalid('peer names a district twice')
    if (config.search.by === 'workers' && store === undefined) {
      throw invalid('search by workers wants a database: add [store] with url')
    }
    return { ...config, peers, pagePort: page.port, ...(store === undefined ? {} : { store }) }
  },
)

function invalid(problem: string): PersonhoodError {
  return new PersonhoodError('config.value', problem)
}
