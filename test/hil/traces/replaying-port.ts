import { type BytePort, createPortEvents, unplugged } from '../../../hardware/port.ts'
import type { VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { concat, toHex } from '../../../protocol/bytes.ts'
import type { TraceEvent } from './trace.ts'

/** The first byte of a driver that is not the recorded one. */
export type Difference = {
  /** Counted from 0 among all bytes to the device. */
  readonly atByte: number
  readonly ms: number
  /** From that byte on, in hexadecimal digits; empty where there are no more. */
  readonly recorded: string
  readonly said: string
}

/** The device's side of a take. */
export type ReplayingPort = {
  readonly port: BytePort
  /** Bytes of the driver that were as recorded. */
  readonly matched: number
  readonly difference: Difference | undefined
  /** What the driver has not said of what it said when recorded. */
  readonly unsaid: Difference | undefined
}

/** Bytes shown from a difference on. */
const SHOWN_BYTES = 16

/** How a take is replayed. */
export type ReplayOptions = {
  /** The line that writes take their time on. */
  readonly pace: BytePort
  readonly unit: 'byte' | 'report'
  /**
   * Answers come as long after what came before them as when recorded; otherwise at once. A real
   * clock's deadlines fire late on a busy machine, so an answer may be later than any deadline was.
   */
  readonly isExact: boolean
}

/** Plays the device's side: nothing comes before the driver has said what it had said by then. */
export function createReplayingPort(
  events: readonly TraceEvent[],
  timers: VirtualTimers,
  options: ReplayOptions,
): ReplayingPort {
  const replay = new Replay(events, timers, options)
  replay.go()
  return replay
}

class Replay implements ReplayingPort {
  readonly #events: readonly TraceEvent[]
  readonly #timers: VirtualTimers
  readonly #unit: 'byte' | 'report'
  readonly #isExact: boolean
  readonly #port = createPortEvents('the trace')
  /** All that the driver said. */
  readonly #recorded: Uint8Array
  /** Where each of its writes ended. */
  readonly #ends: ReadonlySet<number>
  #at = 0
  /** The event that the clock will play: a driver may answer while it is told something. */
  #armed = -1
  /** Where the event at `#at` ends among the bytes to the device. */
  #due = 0
  /** How much later than recorded the line is. */
  #slipMs = 0
  matched = 0
  difference: Difference | undefined
  readonly port: BytePort

  constructor(
    events: readonly TraceEvent[],
    timers: VirtualTimers,
    { pace, unit, isExact }: ReplayOptions,
  ) {
    this.#events = events
    this.#timers = timers
    this.#unit = unit
    this.#isExact = isExact
    const said = events.flatMap((event) => (event.to === 'device' ? [event.bytes] : []))
    this.#recorded = concat(...said)
    let end = 0
    this.#ends = new Set(said.map(({ length }) => (end += length)))
    const { onBytes, onClose } = this.#port
    this.port = {
      name: 'the trace',
      onBytes,
      onClose,
      write: async (bytes) => {
        if (this.#port.ended) throw this.#port.refusal()
        this.#hear(bytes)
        await pace.write(bytes)
        if (this.#port.ended) throw this.#port.refusal()
      },
      close: async () => {
        this.#port.end(undefined)
        await pace.close()
      },
    }
  }

  get unsaid(): Difference | undefined {
    return this.matched === this.#recorded.length ? undefined : this.#differs(new Uint8Array(0))
  }

  /** Plays on until it is the driver's turn. */
  go(): void {
    for (; ; this.#at++) {
      const event = this.#events[this.#at]
      if (event === undefined || this.#port.ended) return
      if (event.to !== 'device') {
        if (this.#armed === this.#at) return
        this.#armed = this.#at
        const waitMs = this.#isExact ? event.ms + this.#slipMs - this.#timers.nowMs : 0
        this.#timers.after(Math.max(0, waitMs), () => this.#play(event))
        return
      }
      if (this.matched < this.#due + event.bytes.length) return
      this.#due += event.bytes.length
      this.#slipMs = this.#timers.nowMs - event.ms
    }
  }

  #play(event: TraceEvent): void {
    this.#slipMs = this.#timers.nowMs - event.ms
    this.#at += 1
    if (event.to === 'host') this.#port.deliver(event.bytes)
    else this.#port.end(unplugged('the trace'))
    this.go()
  }

  #hear(bytes: Uint8Array): void {
    const expected = this.#recorded.subarray(this.matched, this.matched + bytes.length)
    const wrong = bytes.findIndex((byte, i) => byte !== expected[i])
    const isWhole = this.#unit === 'byte' || this.#ends.has(this.matched + bytes.length)
    if (wrong >= 0 || !isWhole) {
      const same = wrong >= 0 ? wrong : bytes.length
      this.matched += same
      this.difference ??= this.#differs(bytes.subarray(same))
      // The device would have answered something else from here on.
      this.#port.end(unplugged('the trace'))
      return
    }
    const isTurn = this.#events[this.#at]?.to === 'device'
    this.matched += bytes.length
    if (isTurn) this.go()
  }

  #differs(said: Uint8Array): Difference {
    const { matched } = this
    return {
      atByte: matched,
      ms: this.#timers.nowMs,
      recorded: toHex(this.#recorded.subarray(matched, matched + SHOWN_BYTES)),
      said: toHex(said.subarray(0, SHOWN_BYTES)),
    }
  }
}
