import { hasCode } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { Log } from '../../runtime/log.ts'
import type { Transport } from '../../runtime/transport.ts'

/** Brings to one peer what it must confirm, again and again until it has. What it carries rests in the store. */
export type Courier = {
  /** Parcels that the peer has not confirmed. */
  readonly length: number
  /** True when the peer is out of reach, or has nothing to confirm that it was not told to hold. */
  readonly isQuiet: boolean
  /** `send` makes the message anew each time; the same id twice is one parcel. */
  add(id: string, send: () => Promise<void>): void
  /** The peer has confirmed. */
  settle(id: string): void
  /** The peer has answered, but not for good: this parcel goes again in an hour, unless told. */
  postpone(id: string, delayMs?: number): void
  /** A message of the peer was verified: it is there. */
  hear(): void
  close(): void
}

type Parcel = {
  readonly send: () => Promise<void>
  state: 'waiting' | 'sent' | 'postponed'
  recall?: () => void
}

/** So many parcels may be unconfirmed at once: 16 queries of 7 kB are little even for a slow line. */
const WINDOW = 16
const POSTPONE_MS = 3_600_000
const RESEND_MAX_MS = 300_000

/** A courier on a transport to the peer's broker. */
export function createCourier(options: {
  readonly transport: Transport
  readonly timers: Timers
  readonly resendMs: number
  readonly log: Log
  readonly onError: (error: unknown) => void
  readonly onChange: () => void
}): Courier {
  const { transport, timers, resendMs, log, onError, onChange } = options
  // A map keeps the order of insertion: what nobody confirmed goes to its end, so that one parcel
  // that the peer never confirms does not hold up the others.
  const parcels = new Map<string, Parcel>()
  let sent = 0
  let patienceMs = resendMs
  let stopTimer: (() => void) | undefined
  let isClosed = false

  function pump(): void {
    if (isClosed || !transport.isConnected) return
    for (const [id, parcel] of parcels) {
      if (sent >= WINDOW) break
      if (parcel.state === 'waiting') start(id, parcel)
    }
    if (sent > 0 && stopTimer === undefined) stopTimer = timers.after(patienceMs, retry)
  }

  function start(id: string, parcel: Parcel): void {
    parcel.state = 'sent'
    sent += 1
    parcel.send().catch((error: unknown) => {
      if (!hasCode(error, 'link') && !hasCode(error, 'call.no-recipient-key')) onError(error)
      else log.warn('peer.unsent', { id, why: error.message })
    })
  }

  function retry(): void {
    stopTimer = undefined
    patienceMs = Math.min(2 * patienceMs, RESEND_MAX_MS)
    recallAll()
    pump()
  }

  function recallAll(): void {
    for (const [id, parcel] of [...parcels].filter(([, { state }]) => state === 'sent')) {
      parcel.state = 'waiting'
      parcels.delete(id)
      parcels.set(id, parcel)
    }
    sent = 0
  }

  function take(id: string): Parcel | undefined {
    const parcel = parcels.get(id)
    if (parcel?.state === 'sent') sent -= 1
    parcel?.recall?.()
    parcels.delete(id)
    return parcel
  }

  function restart(): void {
    stopTimer?.()
    stopTimer = undefined
    patienceMs = resendMs
    recallAll()
    pump()
  }

  const stopListening = transport.onState((isConnected) => {
    if (isConnected) restart()
    onChange()
  })
  return {
    get length() {
      return parcels.size
    },
    get isQuiet() {
      if (isClosed || !transport.isConnected) return true
      return [...parcels.values()].every(({ state }) => state === 'postponed')
    },
    add(id, send) {
      if (parcels.has(id)) return
      parcels.set(id, { send, state: 'waiting' })
      pump()
    },
    settle(id) {
      if (take(id) === undefined) return
      pump()
      onChange()
    },
    postpone(id, delayMs = POSTPONE_MS) {
      const parcel = take(id)
      if (parcel === undefined) return
      parcel.state = 'postponed'
      parcel.recall = timers.after(delayMs, () => {
        parcel.state = 'waiting'
        pump()
      })
      parcels.set(id, parcel)
      pump()
      onChange()
    },
    hear() {
      if (patienceMs === resendMs) return
      // It was backed off while nobody answered: whoever speaks again is soon told the rest.
      patienceMs = resendMs
      stopTimer?.()
      stopTimer = sent > 0 ? timers.after(patienceMs, retry) : undefined
    },
    close() {
      isClosed = true
      stopTimer?.()
      stopListening()
      for (const { recall } of parcels.values()) recall?.()
      parcels.clear()
      onChange()
    },
  }
}
