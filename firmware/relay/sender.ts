import type { Timers } from '../../protocol/timers.ts'
import type { Line } from '../config.ts'
import type { Outbox } from './outbox.ts'
import type { Waiting } from './waiting-list.ts'

/** Keeps a window of rows on their way until each has its receipt. */
export type Sender = {
  /** The line is up or down. Down, nothing is on its way; up, all of the window goes again. */
  setConnected(isConnected: boolean): void
  close(): void
}

/** How a sender sends, and how long it waits. */
export type SenderOptions = {
  readonly outbox: Outbox
  readonly timers: Timers
  /** Composes and publishes one row; a rejection is tried again. */
  readonly send: (record: string) => Promise<void>
  readonly onFault: (record: string, error: unknown) => void
  /** Decides window and waits, where they are not given. */
  readonly line?: Line
  /** Rows on their way without a receipt. */
  readonly window?: number
  /** First wait for a receipt in milliseconds; it doubles with each sending up to the longest. */
  readonly resendMs?: number
  readonly longestResendMs?: number
}

/** Rows on their way at once, by line: what is lost with a connection is at most so much. */
export const WINDOW_ROWS: { readonly [line in Line]: number } = { lan: 100, '2g': 4 }
/** On 2G four enrolments take some 10 s, and a stall of the line 3 s and more. */
const RESEND_MS: { readonly [line in Line]: number } = { lan: 15_000, '2g': 60_000 }
const LONGEST_RESEND_MS = 300_000

/** Starts a sender; it sends nothing until the line is up. */
export function startSender(options: SenderOptions): Sender {
  const { outbox, timers, send, onFault } = options
  const { line = 'lan' } = options
  const { window = WINDOW_ROWS[line], resendMs = RESEND_MS[line] } = options
  const { longestResendMs = LONGEST_RESEND_MS } = options
  const onTheirWay = new Map<string, () => void>()
  const sendings = new Map<string, number>()
  let isConnected = false
  const stopListening = outbox.onChange(pump)

  function pump(): void {
    const waiting = outbox.waiting
    forgetSettled(waiting)
    if (!isConnected) return
    for (const record of leastSentFirst(waiting)) {
      if (onTheirWay.size >= window) return
      if (!onTheirWay.has(record)) start(record)
    }
  }
  /**
   * From the lowest that has no receipt, in the outbox's order; but a window of rows that get none
   * must not hold up all that is behind them.
   */
  function leastSentFirst(waiting: readonly Waiting[]): readonly string[] {
    const times = (record: string): number => sendings.get(record) ?? 0
    return waiting.map(({ record }) => record).sort((a, b) => times(a) - times(b))
  }
  function start(record: string): void {
    const times = sendings.get(record) ?? 0
    sendings.set(record, times + 1)
    const waitMs = Math.min(longestResendMs, resendMs * 2 ** Math.min(times, 16))
    // The wait starts before the sending, so that a line which hangs in it is seen as well.
    const cancel = timers.after(waitMs, () => {
      onTheirWay.delete(record)
      pump()
    })
    onTheirWay.set(record, cancel)
    send(record).catch((error: unknown) => onFault(record, error))
  }
  function forgetSettled(waiting: readonly Waiting[]): void {
    const records = new Set(waiting.map(({ record }) => record))
    for (const [record, cancel] of onTheirWay) {
      if (records.has(record)) continue
      cancel()
      onTheirWay.delete(record)
      sendings.delete(record)
    }
  }
  function halt(): void {
    for (const cancel of onTheirWay.values()) cancel()
    onTheirWay.clear()
    sendings.clear()
  }
  return {
    setConnected(now) {
      if (now === isConnected) return
      isConnected = now
      halt()
      pump()
    },
    close() {
      isConnected = false
      stopListening()
      halt()
    },
  }
}
