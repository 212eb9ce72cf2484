import { concat } from '../../protocol/bytes.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { Random } from './random.ts'

/** What happens to the byte, or to the report, at one place of one direction. */
export type Act =
  | { readonly kind: 'flip'; readonly bit: number }
  /** So many bytes never arrive; of reports one. */
  | { readonly kind: 'drop'; readonly bytes: number }
  | { readonly kind: 'double' }
  /** These bytes come ahead of it. */
  | { readonly kind: 'noise'; readonly bytes: Uint8Array }
  /** It and all behind it come so much later. */
  | { readonly kind: 'hold'; readonly ms: number }
  | Lasting

/** What goes on after its byte. */
export type Lasting =
  /** All is lost for so long. */
  | { readonly kind: 'mute'; readonly ms: number }
  /** All is lost until the host opens the port anew. */
  | { readonly kind: 'half-open' }
  | Unplug

/** The cable is pulled and comes back after a while; `isTold`: the host's port closes at once. */
export type Unplug = {
  readonly kind: 'unplug'
  readonly awayMs: number
  readonly isTold: boolean
  /** The node that the device gets when it comes back; default the one it had. */
  readonly node?: string
}

/** One fault at one place: the byte is counted from the first that the cable ever carried that way. */
export type Strike = {
  readonly way: 'toDevice' | 'toHost'
  readonly atByte: number
  readonly act: Act
}

/** A clock whose hands can be read. */
export type CableClock = Timers & { readonly nowMs: number }

/** The properties of one direction. */
export type WayOptions = {
  readonly clock: CableClock
  /** 8N1: ten bits a byte. */
  readonly baud: number
  /** `report`: each write is one packet that a bus keeps whole and checks. */
  readonly unit: 'byte' | 'report'
  /** Splits each write into runs of 1 to this many bytes. */
  readonly chunkMaxBytes?: number | undefined
  /** Bytes arrive together, each time such a period is over, as from a USB bridge. */
  readonly gatherMs?: number | undefined
  readonly strikes: readonly Strike[]
  readonly random: Random
  readonly deliver: (bytes: Uint8Array) => void
  readonly unplug: (act: Unplug) => void
}

/** One direction of a cable. */
export type Way = {
  /** Bytes sent into it so far. */
  readonly carried: number
  /** Strikes that have happened. */
  readonly struck: number
  /** Resolves when the bytes have left the sender. */
  send(bytes: Uint8Array): Promise<void>
  /** What is under way is lost. */
  cut(): void
  /** The host opened its end anew. */
  reopen(): void
}

/** A direction whose bytes take their time and meet the strikes. */
export function createWay(options: WayOptions): Way {
  return new CableWay(options)
}

const BITS_PER_BYTE = 10

type Arrival = { readonly dueMs: number; readonly parts: Uint8Array[]; readonly cancel: () => void }

class CableWay implements Way {
  readonly #options: WayOptions
  readonly #strikes: Strike[]
  readonly #arrivals = new Set<Arrival>()
  #last: Arrival | undefined
  #freeMs = 0
  #mutedUntilMs = 0
  #isHalfOpen = false
  carried = 0
  struck = 0

  constructor(options: WayOptions) {
    this.#options = options
    this.#strikes = [...options.strikes].sort((a, b) => a.atByte - b.atByte)
  }

  send(bytes: Uint8Array): Promise<void> {
    const { clock } = this.#options
    let rest = bytes.slice()
    while (rest.length > 0) {
      const clear = this.#clearBytes(rest.length)
      if (clear > 0) this.#pass(rest.subarray(0, clear))
      const hit = clear === rest.length ? 0 : this.#strike(rest.subarray(clear))
      this.carried += clear + hit
      rest = rest.subarray(clear + hit)
    }
    return new Promise((resolve) => {
      clock.after(Math.max(0, this.#freeMs - clock.nowMs), resolve)
    })
  }

  cut(): void {
    for (const { cancel } of this.#arrivals) cancel()
    this.#arrivals.clear()
    this.#last = undefined
    this.#freeMs = 0
  }

  reopen(): void {
    this.#isHalfOpen = false
  }

  /** How many of the next bytes no strike concerns. */
  #clearBytes(length: number): number {
    const next = this.#strikes[0]
    if (next === undefined || next.atByte >= this.carried + length) return length
    return this.#options.unit === 'report' ? 0 : Math.max(0, next.atByte - this.carried)
  }

  /** The next strike at the head of these bytes; returns how many of them it has dealt with. */
  #strike(bytes: Uint8Array): number {
    const strike = this.#strikes.shift()
    if (strike === undefined) return 0
    const { act } = strike
    this.struck++
    const wanted = act.kind === 'drop' ? act.bytes : 1
    const hit = this.#options.unit === 'report' ? bytes : bytes.subarray(0, wanted)
    this.#apply(act, hit)
    if (act.kind === 'drop' && hit.length < act.bytes) {
      // The next write's head is dropped too: it is one fault still.
      this.#strikes.unshift({ ...strike, act: { kind: 'drop', bytes: act.bytes - hit.length } })
      this.struck--
    }
    return hit.length
  }

  #apply(act: Act, hit: Uint8Array): void {
    switch (act.kind) {
      case 'flip':
        this.#pass(Uint8Array.from(hit, (byte, i) => (i === 0 ? byte ^ (1 << act.bit) : byte)))
        break
      case 'drop':
        this.#spend(hit.length)
        break
      case 'double':
        this.#pass(hit)
        this.#pass(hit)
        break
      case 'noise':
        this.#pass(act.bytes)
        this.#pass(hit)
        break
      case 'hold':
        this.#spend(0)
        this.#freeMs += act.ms
        this.#pass(hit)
        break
      default:
        this.#lose(act, hit.length)
    }
  }

  /** These bytes are lost, and more behind them. */
  #lose(act: Lasting, bytes: number): void {
    const { clock, unplug } = this.#options
    this.#spend(bytes)
    if (act.kind === 'mute') this.#mutedUntilMs = this.#freeMs + act.ms
    else if (act.kind === 'half-open') this.#isHalfOpen = true
    else clock.after(this.#freeMs - clock.nowMs, () => unplug(act))
  }

  #pass(bytes: Uint8Array): void {
    const { chunkMaxBytes, random, unit } = this.#options
    const most = unit === 'report' ? undefined : chunkMaxBytes
    for (let start = 0; start < bytes.length; ) {
      const length = most === undefined ? bytes.length : 1 + random.int(most)
      this.#run(bytes.subarray(start, start + length))
      start += length
    }
  }

  #run(bytes: Uint8Array): void {
    const { clock, gatherMs } = this.#options
    const lost = this.#mutedBytes(bytes.length)
    this.#spend(bytes.length)
    if (this.#isHalfOpen || lost === bytes.length) return
    const dueMs =
      gatherMs === undefined ? this.#freeMs : Math.ceil(this.#freeMs / gatherMs) * gatherMs
    const last = this.#last
    if (gatherMs !== undefined && last?.dueMs === dueMs && this.#arrivals.has(last)) {
      last.parts.push(bytes.subarray(lost))
      return
    }
    const parts = [bytes.subarray(lost)]
    const cancel = clock.after(dueMs - clock.nowMs, () => {
      this.#arrivals.delete(arrival)
      this.#options.deliver(joined(parts))
    })
    const arrival: Arrival = { dueMs, parts, cancel }
    this.#arrivals.add(arrival)
    this.#last = arrival
  }

  /** How many of the next bytes arrive while all is lost. */
  #mutedBytes(length: number): number {
    const { clock, unit } = this.#options
    const mutedMs = this.#mutedUntilMs - Math.max(clock.nowMs, this.#freeMs)
    const muted = Math.max(0, Math.ceil(mutedMs / this.#byteMs) - 1)
    if (unit === 'report') return muted >= length ? length : 0
    return Math.min(length, muted)
  }

  get #byteMs(): number {
    return (1000 * BITS_PER_BYTE) / this.#options.baud
  }

  /** The line is taken for so many bytes. */
  #spend(bytes: number): void {
    this.#freeMs = Math.max(this.#options.clock.nowMs, this.#freeMs) + this.#byteMs * bytes
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : concat(...parts)
}
