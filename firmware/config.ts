import { isDemo, isStationPath, type StationPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { LEASE_INDICES, type Lease } from '../protocol/messages/lease.ts'
import { DAY_S } from '../protocol/time.ts'
import { MAX_PROVISIONAL_S } from '../protocol/verify.ts'
import { parseConfig } from '../runtime/config.ts'
import {
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

const device: Schema<DeviceConfig> = parsed(text(), (value) =>
  value === 'simulator' ? { kind: 'simulator' } : { kind: 'serial', path: value },
)

const station: Schema<string> = parsed(text(200), (value) => {
  if (isStationPath(value) && value.includes('/')) return value
  throw new PersonhoodError('config.invalid', 'is not district/kiosk, such as a.b.c.d/k1')
})

const brokerUrl: Schema<string> = parsed(text(), (value) => {
  if (/^mqtts?:\/\/[^\s/]+$/.test(value)) return value
  throw new PersonhoodError('config.invalid', 'is not mqtt://host:port or mqtts://host:port')
})

/** `kiosk.toml`, key by key; paths are relative to the folder of the file. */
export type KioskConfig = {
  /** `a.b.c.d/k1`. */
  readonly station: StationPath
  /** Demonstration roots and simulators, under a path of `demo.*`; a production kiosk refuses both. */
  readonly demo: boolean
  /** Days that a provisional credential is valid, 1..120. */
  readonly provisional_days: number
  /** Where store and keys rest. */
  readonly data: string
  /** A folder with `roots.json` and `trust.cbor`. */
  readonly trust: { readonly folder: string }
  readonly broker: {
    readonly url: string
    readonly username: string | undefined
    /** A file with the password in its first line. */
    readonly password_file: string | undefined
    readonly ca_file: string | undefined
    readonly cert_file: string | undefined
    readonly key_file: string | undefined
    /** 4 = MQTT 3.1.1, 5 = MQTT 5. */
    readonly protocol_version: 4 | 5
    /** 60 unless told; 300 on a metered line. */
    readonly keepalive_s: number
  }
  readonly page: { readonly port: number }
  /** Blocks of status indices given at provisioning. */
  readonly lease: readonly Lease[]
  readonly orb: { readonly port: DeviceConfig }
  readonly nfc: { readonly port: DeviceConfig }
}

const PROTOCOLS = { '3.1.1': 4, '5': 5 } as const

const kioskConfigSchema: Schema<KioskConfig> = table({
  station,
  demo: withDefault(flag(), false),
  provisional_days: withDefault(integer(1, MAX_PROVISIONAL_S / DAY_S), 30),
  data: withDefault(text(), 'data'),
  trust: table({ folder: text() }),
  broker: table({
    url: brokerUrl,
    username: optional(text(256)),
    password_file: optional(text()),
    ca_file: optional(text()),
    cert_file: optional(text()),
    key_file: optional(text()),
    protocol_version: withDefault(
      parsed(oneOf('3.1.1', '5'), (version) => PROTOCOLS[version]),
      5,
    ),
    keepalive_s: withDefault(integer(5, 3600), 60),
  }),
  page: withDefault(table({ port: withDefault(integer(0, 65_535), 8787) }), { port: 8787 }),
  lease: withDefault(
    list(
      table({
        list: integer(0, 0xff_ff_ff_ff),
        start: integer(0, 65_535),
        count: withDefault(integer(1, 65_536), LEASE_INDICES),
      }),
      64,
    ),
    [],
  ),
  orb: table({ port: device }),
  nfc: table({ port: device }),
})

/** Reads `kiosk.toml`; throws `config.invalid` with all problems of the file at once. */
export function parseKioskConfig(toml: string, file: string): KioskConfig {
  const config = parseConfig(toml, kioskConfigSchema, file)
  const problems = contradictionsOf(config)
  if (problems.length === 0) return config
  throw new PersonhoodError('config.invalid', `${file}: ${problems.join('; ')}`)
}

/** What no single value shows: simulators and demonstration paths go with `demo = true` alone. */
function contradictionsOf({ demo, station: path, orb, nfc, lease }: KioskConfig): string[] {
  const problems: string[] = []
  if (isDemo(path) !== demo) {
    problems.push(
      demo
        ? `station ${path} is no demonstration path: begin it with demo. or leave demo out`
        : `station ${path} is a demonstration path: set demo = true, or give a real path`,
    )
  }
  const devices = { orb, nfc }
  for (const [name, { port }] of Object.entries(devices)) {
    if (port.kind === 'simulator' && !demo) {
      problems.push(`${name}.port is a simulator: only a kiosk with demo = true may have one`)
    }
  }
  lease.forEach(({ start, count }, i) => {
    if (start + count > 65_536) problems.push(`lease[${i}] ends beyond index 65535`)
  })
  return problems
}
