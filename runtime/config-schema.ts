import { PersonhoodError } from '../protocol/errors.ts'
import { isLoopback } from './loopback.ts'

/** Takes down one problem: where, and what is wrong there. */
export type Report = (path: string, problem: string) => void

/** Reads a value of unknown type; reports what is wrong and then gives undefined. */
export type Schema<T> = {
  readonly read: (value: unknown, path: string, report: Report) => T | undefined
  /** For a value that may be left out: what then stands. */
  readonly absent?: { readonly value: T }
}

/** The type that a schema reads. */
export type Infer<S> = S extends Schema<infer T> ? T : never

/** A text of 1 to `maxLength` characters (1000 unless told) without control characters. */
export function text(maxLength = 1000): Schema<string> {
  return reader(`a text of 1 to ${maxLength} characters`, (value) =>
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxLength &&
    !/\p{Cc}/u.test(value)
      ? value
      : undefined,
  )
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Schema<number> {
  return reader(`a whole number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined,
  )
}

/** true or false. */
export function flag(): Schema<boolean> {
  return reader('true or false', (value) => (typeof value === 'boolean' ? value : undefined))
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Schema<T> {
  return reader(`one of ${words.join(', ')}`, (value) => words.find((word) => word === value))
}

/** A value that `parse` makes another type of; its PersonhoodError becomes the problem. */
export function parsed<T, U>(schema: Schema<T>, parse: (value: T) => U): Schema<U> {
  return {
    read(value, path, report) {
      const inner = schema.read(value, path, report)
      if (inner === undefined) return undefined
      try {
        return parse(inner)
      } catch (error) {
        if (!(error instanceof PersonhoodError)) throw error
        report(path, error.message)
        return undefined
      }
    },
  }
}

/** The address of a broker: `mqtts://host:port`, or on this machine `mqtt://127.0.0.1:port`. */
export function brokerUrl(): Schema<string> {
  return parsed(text(300), (url) => {
    const [, scheme, host] =
      /^(mqtts?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(url) ?? []
    if (scheme === undefined || host === undefined) {
      throw new PersonhoodError('config.value', 'is no mqtt://host:port or mqtts://host:port')
    }
    if (scheme === 'mqtts' || isLoopback(host.replace(/^\[|\]$/g, ''))) return url
    throw new PersonhoodError(
      'config.value',
      `leads off this machine without TLS: say mqtts://, and tls_file for the certificate`,
    )
  })
}

/** A list of 0 to `maxLength` values. */
export function list<T>(item: Schema<T>, maxLength = 1000): Schema<readonly T[]> {
  return {
    read(value, path, report) {
      if (!Array.isArray(value) || value.length > maxLength) {
        report(path, `is ${kindOf(value)}, wanted a list of at most ${maxLength}`)
        return undefined
      }
      const items = value.map((one, i) => item.read(one, `${path}[${i}]`, report))
      return items.every((one): one is Awaited<T> & T => one !== undefined) ? items : undefined
    },
  }
}

/** One value, or a list of 1 to 100. */
export function oneOrMore<T>(item: Schema<T>): Schema<readonly T[]> {
  const many = list(item, 100)
  return {
    read(value, path, report) {
      if (!Array.isArray(value)) {
        const one = item.read(value, path, report)
        return one === undefined ? undefined : [one]
      }
      if (value.length > 0) return many.read(value, path, report)
      report(path, 'is an empty list')
      return undefined
    },
  }
}

/** A value that may be left out. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { read: schema.read, absent: { value: undefined } }
}

/** A value that stands for itself where it is left out. */
export function withDefault<T>(schema: Schema<T>, value: T): Schema<T> {
  return { read: schema.read, absent: { value } }
}

/** A table with exactly these keys; a key that is not among them is a problem. */
export function table<const S extends { readonly [key: string]: Schema<unknown> }>(
  schemas: S,
): Schema<{ readonly [K in keyof S]: Infer<S[K]> }> {
  return {
    read(value, path, report) {
      if (!isTable(value)) {
        report(path, `is ${kindOf(value)}, wanted a table`)
        return undefined
      }
      const under = (key: string) => (path === '' ? key : `${path}.${key}`)
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(schemas, key)) report(under(key), unknownKey(key, Object.keys(schemas)))
      }
      let isWhole = true
      const entries = Object.entries(schemas).map(([key, schema]) => {
        if (!Object.hasOwn(value, key)) {
          if (schema.absent === undefined) {
            report(under(key), 'is missing')
            isWhole = false
          }
          return [key, schema.absent?.value] as const
        }
        const read = schema.read(value[key], under(key), report)
        if (read === undefined) isWhole = false
        return [key, read] as const
      })
      return isWhole ? (Object.fromEntries(entries) as { [K in keyof S]: Infer<S[K]> }) : undefined
    },
  }
}

function reader<T>(wanted: string, read: (value: unknown) => T | undefined): Schema<T> {
  return {
    read(value, path, report) {
      const result = read(value)
      if (result === undefined) report(path, `is ${kindOf(value)}, wanted ${wanted}`)
      return result
    },
  }
}

function isTable(value: unknown): value is { readonly [key: string]: unknown } {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** What a value is, without giving it away: a config may hold a password in the wrong place. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'string') return `a text of ${value.length} characters`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return 'a date'
  return isTable(value) ? 'a table' : typeof value
}

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, distance: editDistance(key, name) }))
    .sort((a, b) => a.distance - b.distance)[0]
  const isNear = nearest && nearest.distance <= Math.max(1, Math.floor(nearest.name.length / 3))
  return isNear
    ? `is not known: did you mean ${nearest.name}?`
    : `is not known (known: ${known.join(', ')})`
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const [from, to] = [[...a.slice(0, 64)], [...b.slice(0, 64)]]
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, j) => j)
  for (const [i, letter] of from.entries()) {
    const row = [i + 1]
    for (const [j, other] of to.entries()) {
      const replaced = (last[j] ?? 0) + (letter === other ? 0 : 1)
      const isSwap = i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other
      const swapped = isSwap ? (beforeLast[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (last[j + 1] ?? 0) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[to.length] ?? 0
}
