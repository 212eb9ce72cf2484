import { type DistrictPath, isDemo, parseDistrictPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
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
import type { GalleryMemory } from '../runtime/gallery/banks.ts'
import { DEFAULT_POLICY, type Policy } from './policy.ts'
import { type StoreConfig, storeSchema } from './store-config.ts'

/** A broker: one that this gateway runs itself on 127.0.0.1, or one that stands elsewhere. */
export type BrokerConfig = { readonly listenPort: number } | { readonly url: string }

/** Another district and its broker. */
export type PeerConfig = { readonly path: DistrictPath; readonly broker: string }

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
  readonly search: { readonly memory?: GalleryMemory; readonly threads?: number }
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
  table({ listen: optional(port), url: optional(brokerUrl()) }),
  ({ listen, url }) => {
    if (listen !== undefined && url === undefined) return { listenPort: listen }
    if (url !== undefined && listen === undefined) return { url }
    throw invalid('wants either listen (a port of 127.0.0.1) or url')
  },
)

const searchSchema: Schema<GatewayConfig['search']> = parsed(
  table({ memory: optional(oneOf('lean', 'resident')), threads: optional(integer(0, 64)) }),
  ({ memory, threads }) => ({
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
    peer: withDefault(list(table({ path: districtPath, broker: brokerUrl() })), []),
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
    return { ...config, peers, pagePort: page.port, ...(store === undefined ? {} : { store }) }
  },
)

function invalid(problem: string): PersonhoodError {
  return new PersonhoodError('config.value', problem)
}
