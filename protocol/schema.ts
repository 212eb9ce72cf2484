import { fromText } from './bytes.ts'
import {
  type CborLimits,
  type CborMap,
  type CborValue,
  decodeCbor,
  encodeCbor,
  MESSAGE_LIMITS,
} from './cbor.ts'
import { PersonhoodError } from './errors.ts'

/** How one type of value looks in a message, and its CDDL (RFC 8610). */
export type Kind<T> = {
  readonly cddl: string
  /** Where `cddl` is a name of its own: what that name stands for. */
  readonly definition?: string
  /** Kinds that `cddl` refers to, so that their definitions are found. */
  readonly parts?: readonly Kind<unknown>[]
  encode(value: T): CborValue
  /** The value, or `undefined` with a line added to `problems`. */
  parse(value: CborValue, path: string, problems: string[]): T | undefined
}

/** One member of a record: its integer key in the map. */
export type Field<T> = {
  readonly key: number
  readonly kind: Kind<T>
  readonly isOptional: boolean
}

/** The members of a record, by the names that the code uses. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> }

/** A message body or claim set: a CBOR map with integer keys, unknown keys refused. */
export type Schema<T> = Kind<T> & { readonly name: string; readonly fields: Fields<T> }

/** A member that must be there. */
export function field<T>(key: number, kind: Kind<T>): Field<T> {
  return { key, kind, isOptional: false }
}

/** A member that may be absent; absent and `undefined` are the same. */
export function optional<T>(key: number, kind: Kind<T>): Field<T> {
  return { key, kind, isOptional: true }
}

/** A record by its table of fields. */
export function record<T extends object>(name: string, fields: Fields<T>): Schema<T> {
  const entries = Object.entries(fields) as [keyof T & string, Field<unknown>][]
  const names = new Map(entries.map(([fieldName, { key }]) => [key, fieldName]))
  return {
    name,
    fields,
    cddl: name,
    parts: entries.map(([, { kind }]) => kind),
    encode(value) {
      const map = new Map<number, CborValue>()
      for (const [fieldName, { key, kind }] of entries) {
        const member = value[fieldName]
        if (member !== undefined) map.set(key, kind.encode(member))
      }
      return map
    },
    parse(value, path, problems) {
      if (!(value instanceof Map)) return fail(problems, path, 'not a map')
      const before = problems.length
      const result: Record<string, unknown> = {}
      for (const [fieldName, { key, kind, isOptional }] of entries) {
        const member = (value as CborMap).get(key)
        const where = `${path}.${fieldName}`
        if (member !== undefined) result[fieldName] = kind.parse(member, where, problems)
        else if (!isOptional) problems.push(`${where} is missing`)
      }
      refuseUnknownKeys(value, names, path, problems)
      return problems.length === before ? (result as T) : undefined
    },
  }
}

/** A value of this kind from CBOR already decoded; throws `bytes.schema` naming all problems. */
export function parseValue<T>(kind: Kind<T>, value: CborValue, name: string = kind.cddl): T {
  const problems: string[] = []
  const parsed = kind.parse(value, name, problems)
  if (parsed === undefined) throw new PersonhoodError('bytes.schema', problems.join('; '))
  return parsed
}

/**
 * Deterministic bytes of a record. Throws `call.schema` on a value that `decodeRecord` would not
 * take back: what nobody would read is never signed or sent.
 */
export function encodeRecord<T>(schema: Kind<T>, value: T): Uint8Array {
  const encoded = schema.encode(value)
  const problems: string[] = []
  schema.parse(encoded, schema.cddl, problems)
  if (problems.length > 0) throw new PersonhoodError('call.schema', problems.join('; '))
  return encodeCbor(encoded)
}

/** A record from bytes of the outside: `bytes.cbor` or `bytes.schema` where they are not one. */
export function decodeRecord<T>(
  schema: Kind<T>,
  bytes: Uint8Array,
  limits: CborLimits = MESSAGE_LIMITS,
): T {
  return parseValue(schema, decodeCbor(bytes, limits))
}

/** An unsigned integer in `min..max`. */
export function uint(max: number = Number.MAX_SAFE_INTEGER, min = 0): Kind<number> {
  return {
    cddl: `${min}..${max}`,
    encode: (value) => value,
    parse: (value, path, problems) =>
      typeof value === 'number' && value >= min && value <= max
        ? value
        : fail(problems, path, `not an integer in ${min}..${max}`),
  }
}

/** A byte string of `min..max` bytes (`max` defaults to `min`: a fixed length). */
export function bytes(min: number, max: number = min): Kind<Uint8Array> {
  return {
    cddl: min === max ? `bstr .size ${min}` : `bstr .size (${min}..${max})`,
    encode: (value) => value,
    parse: (value, path, problems) =>
      value instanceof Uint8Array && value.length >= min && value.length <= max
        ? value
        : fail(problems, path, `not a byte string of ${min}..${max} bytes`),
  }
}

/** A text of at most `max` bytes of UTF-8. */
export function text(max: number): Kind<string> {
  return {
    cddl: `tstr .size (0..${max})`,
    encode: (value) => value,
    parse: (value, path, problems) =>
      typeof value === 'string' && fromText(value).length <= max
        ? value
        : fail(problems, path, `not a text of at most ${max} bytes`),
  }
}

/** True or false. */
export function bool(): Kind<boolean> {
  return {
    cddl: 'bool',
    encode: (value) => value,
    parse: (value, path, problems) =>
      typeof value === 'boolean' ? value : fail(problems, path, 'not true or false'),
  }
}

/** One of a table of names, sent as its small integer. */
export function code<T extends string>(table: { readonly [K in T]: number }): Kind<T> {
  const names = new Map<CborValue, T>(
    (Object.entries(table) as [T, number][]).map(([name, number]) => [number, name]),
  )
  return {
    cddl: `&(${Object.entries(table)
      .map(([name, number]) => `${name}: ${number}`)
      .join(', ')})`,
    encode: (value) => table[value],
    parse: (value, path, problems) =>
      names.get(value) ?? fail(problems, path, `not one of ${Object.keys(table).join(', ')}`),
  }
}

/** A list of at most `max` items. */
export function list<T>(kind: Kind<T>, max: number): Kind<readonly T[]> {
  return {
    cddl: `[0*${max} ${kind.cddl}]`,
    parts: [kind],
    encode: (value) => value.map((item) => kind.encode(item)),
    parse(value, path, problems) {
      if (!Array.isArray(value) || value.length > max) {
        return fail(problems, path, `not a list of at most ${max}`)
      }
      const before = problems.length
      const items = (value as readonly CborValue[]).map((item, i) =>
        kind.parse(item, `${path}[${i}]`, problems),
      )
      return problems.length === before ? (items as T[]) : undefined
    },
  }
}

/** A record with a rule between its members: `problem` says what is wrong, or `undefined`. */
export function checked<T>(
  schema: Schema<T>,
  problem: (value: T) => string | undefined,
): Schema<T> {
  return {
    ...schema,
    parse(value, path, problems) {
      const parsed = schema.parse(value, path, problems)
      const wrong = parsed === undefined ? undefined : problem(parsed)
      return wrong === undefined ? parsed : fail(problems, path, wrong)
    },
  }
}

function refuseUnknownKeys(
  map: CborMap,
  known: ReadonlyMap<number, string>,
  path: string,
  problems: string[],
): void {
  for (const key of map.keys()) {
    if (typeof key === 'string' || !known.has(key))
      problems.push(`${path} has an unknown key ${key}`)
  }
}

function fail(problems: string[], path: string, problem: string): undefined {
  problems.push(`${path} is ${problem}`)
  return undefined
}
