import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { ROLES, type Role } from '../scenario.ts'

/** Bytes of one direction at one time, or the loss of the line. */
export type TraceEvent = {
  /** Since the line was opened; never less than the event before. */
  readonly ms: number
} & ({ readonly to: 'device' | 'host'; readonly bytes: Uint8Array } | { readonly to: 'nobody' })

/** What went over a device's line while one scene was played. */
export type Take = {
  readonly scene: string
  readonly seed: number
  readonly events: readonly TraceEvent[]
  readonly endMs: number
  /** `done`, or the code of the error that ended it. */
  readonly outcome: string
}

/** Takes of one role, on its emulator or on a device. */
export type Trace = {
  readonly role: Role
  readonly unit: 'byte' | 'report'
  readonly baud: number
  readonly of: 'emulator' | 'device'
  readonly takes: readonly Take[]
}

/** docs/hil.md, traces. */
export const TRACE_VERSION = 1
/** Most bytes of a trace file. */
export const MAX_TRACE_BYTES: number = 16 * 1024 * 1024
/** Most bytes of one event; a longer run is several. */
export const MAX_EVENT_BYTES = 4096
const MAX_LINE_CHARACTERS = 2 * MAX_EVENT_BYTES + 200
const MAX_SCENES = 64
const DAY_MS = 86_400_000

/** A trace as lines of JSON: its head, then each take's scene, events and end. */
export function encodeTrace({ role, unit, baud, of, takes }: Trace): Uint8Array {
  const scenes = takes.map(({ scene }) => scene)
  const lines = [
    { trace: TRACE_VERSION, role, unit, baud, of, scenes },
    ...takes.flatMap(({ scene, seed, events, endMs, outcome }) => [
      { scene, seed },
      ...events.map(lineOf),
      { ms: endMs, end: outcome },
    ]),
  ]
  return new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

/**
 * Reads a trace; throws `bytes.trace` with the number of the first wrong line. Each line must be
 * written as `encodeTrace` writes it, so that nothing in it goes unread. Time is linear in the input.
 */
export function parseTrace(bytes: Uint8Array): Trace {
  if (bytes.length > MAX_TRACE_BYTES) {
    throw new PersonhoodError('bytes.trace', `${bytes.length} bytes; ${MAX_TRACE_BYTES} at most`)
  }
  return new Reader(bytes).trace()
}

type Fields = Readonly<Record<string, unknown>>

class Reader {
  readonly #bytes: Uint8Array
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #at = 0
  #line = 0
  #text = ''

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  trace(): Trace {
    const { trace, role, unit, baud, of, scenes } = this.#next()
    if (trace !== TRACE_VERSION) throw this.#wrong(`no trace of version ${TRACE_VERSION}`)
    const isRole = ROLES.some((one) => one === role)
    const isUnit = unit === 'byte' || unit === 'report'
    const isOf = of === 'emulator' || of === 'device'
    if (!isRole || !isUnit || !isOf) throw this.#wrong('role, unit or origin unknown')
    if (!isWhole(baud, 1, 100_000_000)) throw this.#wrong('no baud rate')
    const isList = Array.isArray(scenes) && scenes.length > 0 && scenes.length <= MAX_SCENES
    if (!isList || !scenes.every(isName)) throw this.#wrong(`no list of 1 to ${MAX_SCENES} scenes`)
    this.#assertWritten({ trace, role, unit, baud, of, scenes })
    const takes = scenes.map((scene) => this.#take(scene))
    if (this.#at < this.#bytes.length) throw this.#wrong('more than its scenes')
    return { role: role as Role, unit, baud, of, takes }
  }

  #take(name: string): Take {
    const { scene, seed } = this.#next()
    if (scene !== name) throw this.#wrong(`not the scene "${name}"`)
    if (!isWhole(seed, 0, 0xff_ff_ff_ff)) throw this.#wrong('no seed')
    this.#assertWritten({ scene, seed })
    const events: TraceEvent[] = []
    for (let last = 0; ; ) {
      const fields = this.#next()
      const { ms, end } = fields
      if (typeof ms !== 'number' || !(ms >= last && ms <= DAY_MS)) {
        throw this.#wrong('no time, or one that goes back')
      }
      last = ms
      if (end === undefined) {
        const event = this.#event(fields, ms)
        this.#assertWritten(lineOf(event))
        events.push(event)
        continue
      }
      if (!isName(end)) throw this.#wrong('no outcome')
      this.#assertWritten({ ms, end })
      return { scene, seed, events, endMs: ms, outcome: end }
    }
  }

  #event({ to, hex }: Fields, ms: number): TraceEvent {
    if (to === 'nobody') return { ms, to }
    const isWay = to === 'device' || to === 'host'
    if (!isWay || typeof hex !== 'string' || hex === '') throw this.#wrong('no event')
    if (hex.length > 2 * MAX_EVENT_BYTES) throw this.#wrong(`over ${MAX_EVENT_BYTES} bytes`)
    if (!/^(?:[0-9a-f]{2})+$/.test(hex)) throw this.#wrong('no hexadecimal digits')
    return { ms, to, bytes: fromHex(hex) }
  }

  #next(): Fields {
    this.#line += 1
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0) throw this.#wrong('the trace is cut off')
    if (end - this.#at > MAX_LINE_CHARACTERS) throw this.#wrong('a line that is too long')
    const line = this.#bytes.subarray(this.#at, end)
    this.#at = end + 1
    try {
      this.#text = this.#decoder.decode(line)
      const value: unknown = JSON.parse(this.#text)
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.entries(value))
    } catch (cause) {
      throw this.#wrong('no JSON', cause)
    }
    throw this.#wrong('no object')
  }

  /** Nothing else is in the line, and it is written the one way. */
  #assertWritten(known: object): void {
    if (JSON.stringify(known) !== this.#text) throw this.#wrong('written otherwise')
  }

  #wrong(what: string, cause?: unknown): PersonhoodError {
    return new PersonhoodError('bytes.trace', `line ${this.#line}: ${what}`, { cause })
  }
}

function lineOf(event: TraceEvent): object {
  const { ms, to } = event
  return to === 'nobody' ? { ms, to } : { ms, to, hex: toHex(event.bytes) }
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 100
}
