import { fromHex, toHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { OperatorKey } from '../../protocol/operator-key.ts'
import { parseConfig } from '../../runtime/config.ts'
import {
  integer,
  list,
  parsed,
  type Schema,
  table,
  text,
  withDefault,
} from '../../runtime/config-schema.ts'

/** Keys of one kiosk or gateway: a dozen operators with a spare key each, and room to grow. */
const MAX_KEYS = 256
const MAX_COUNT = 0xff_ff_ff_ff
const POINT_BYTES = 65

/** Reads the operators' keys; throws `config.invalid` naming every problem, `file` first. */
export function parseOperators(toml: string, file: string): readonly OperatorKey[] {
  return parseConfig(toml, operatorsSchema, file)
}

/** The file of these keys. */
export function formatOperators(keys: readonly OperatorKey[]): string {
  const tables = keys.map(
    ({ operator, credentialId, publicKey, signCount }) => `
[[key]]
operator = ${JSON.stringify(operator)}
credential = "${toHex(credentialId)}"
public_key = "${toHex(publicKey)}"
count = ${signCount}
`,
  )
  return `# Security keys of this station's operators; written by \`personhood operator enrol\`.\n${tables.join('')}`
}

/** A name of 1 to 64 characters, as a key keeps it. */
export function operatorName(): Schema<string> {
  return text(64)
}

function hex(minBytes: number, maxBytes: number): Schema<Uint8Array> {
  return parsed(text(2 * maxBytes), (value) => {
    const isHex = /^(?:[0-9a-f]{2})+$/.test(value)
    if (isHex && value.length >= 2 * minBytes) return fromHex(value)
    throw invalid(`is not ${minBytes} to ${maxBytes} bytes in hex`)
  })
}

const key: Schema<OperatorKey> = parsed(
  table({
    operator: operatorName(),
    credential: hex(1, 1023),
    public_key: hex(POINT_BYTES, POINT_BYTES),
    count: integer(0, MAX_COUNT),
  }),
  ({ operator, credential, public_key: publicKey, count }) => {
    if (publicKey[0] !== 4) throw invalid('has a public key that is no point')
    return { operator, credentialId: credential, publicKey, signCount: count }
  },
)

const operatorsSchema: Schema<readonly OperatorKey[]> = parsed(
  table({ key: withDefault(list(key, MAX_KEYS), []) }),
  ({ key: keys }) => {
    const ids = new Set(keys.map(({ credentialId }) => toHex(credentialId)))
    if (ids.size < keys.length) throw invalid('names one key twice')
    return keys
  },
)

function invalid(problem: string): PersonhoodError {
  return new PersonhoodError('config.value', problem)
}
