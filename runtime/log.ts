import { PersonhoodError } from '../protocol/errors.ts'
import type { Clock } from './clock.ts'

/** What may stand in a log: no bytes, no objects, so no biometric data. */
export type Loggable = string | number | boolean

/** Named values of a log line; lists of loggable values too. */
export type Fields = { readonly [name: string]: Loggable | readonly Loggable[] | undefined }

/** Levels from the least to the most urgent. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** How urgent a line is. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** A log; `event` is a stable dotted name such as `enrolment.saved`. */
export type Log = {
  readonly [level in LogLevel]: (event: string, fields?: Fields) => void
} & {
  /** A log that adds these fields to each line. */
  child(fields: Fields): Log
}

/** Where lines go, and how they look. */
export type LogOptions = {
  /** Lines below it are dropped. */
  readonly level: LogLevel
  /** Takes one line with its line feed; standard error in the entry points. */
  readonly write: (line: string) => void
  readonly clock: Clock
  /** Short lines for people rather than JSON: true on a terminal. */
  readonly isForPeople: boolean
}

/** Longest text of a field, in characters: a template in hex or base64 does not fit. */
const MAX_TEXT = 300
const MAX_LIST = 50

/** Makes a log of one line an event. */
export function createLog(options: LogOptions, common: Fields = {}): Log {
  const lowest = LOG_LEVELS.indexOf(options.level)
  const at =
    (level: LogLevel) =>
    (event: string, fields: Fields = {}) => {
      if (LOG_LEVELS.indexOf(level) < lowest) return
      const time = new Date(options.clock.now().unix * 1000).toISOString().replace('.000', '')
      const format = options.isForPeople ? formatForPeople : formatJson
      options.write(`${format(time, level, clean(event), cleanFields({ ...common, ...fields }))}\n`)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLog(options, { ...common, ...fields }),
  }
}

/** What of an error may be logged: code and message, and those of its causes. */
export function errorFields(error: unknown): Fields {
  const texts: string[] = []
  let cause: unknown = error
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const { code } = cause as { readonly code?: unknown }
    texts.push(`${typeof code === 'string' ? code : cause.name}: ${cause.message}`)
    cause = cause.cause
  }
  const [first = `${typeof error}, not an error`, ...because] = texts
  const code = error instanceof PersonhoodError ? error.code : 'bug'
  return { code, error: first, ...(because.length > 0 ? { because } : {}) }
}

function formatJson(time: string, level: LogLevel, event: string, fields: Fields): string {
  const head = { time, level, event }
  // First for people, and again because no field may replace them.
  return JSON.stringify({ ...head, ...fields, ...head })
}

function formatForPeople(time: string, level: LogLevel, event: string, fields: Fields): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${text(value)}`)
  return [time.slice(11, 19), level.padEnd(5), event, ...values].join(' ')
}

function text(value: Fields[string]): string {
  const plain = Array.isArray(value) ? value.join(',') : String(value)
  return /^[\p{L}\p{N}\p{P}\p{S}]+$/u.test(plain) && !plain.includes('"')
    ? plain
    : JSON.stringify(plain)
}

/** The types hold in our code; a value that came in through `any` is refused here. */
function cleanFields(fields: Fields): Fields {
  const entries = Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return []
    const cleaned = Array.isArray(value)
      ? value.slice(0, MAX_LIST).map(cleanValue)
      : cleanValue(value)
    return [[clean(name), cleaned] as const]
  })
  return Object.fromEntries(entries)
}

function cleanValue(value: unknown): Loggable {
  if (typeof value === 'string') return clean(value)
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return `[refused: ${value === null ? 'null' : typeof value}]`
}

/** Without control characters, which would forge lines or steer a terminal; cut to its bound. */
function clean(value: string): string {
  const plain = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, '\u{fffd}')
  return plain.length <= MAX_TEXT ? plain : `${plain.slice(0, MAX_TEXT)}…`
}
