import { districtOf, type StationPath } from '../../protocol/district.ts'
import {
  FINAL_REQUEST,
  finalRequestSchema,
  MAX_ASKED_FINALS,
} from '../../protocol/messages/final.ts'
import { LEASE_REQUEST, leaseRequestSchema } from '../../protocol/messages/lease.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import type { Timers } from '../../protocol/timers.ts'
import { kioskUp } from '../../protocol/topics.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import type { Transport } from '../../runtime/transport.ts'
import type { Leases } from '../enrolment/leases.ts'
import { kioskNameOf } from './presence.ts'

/** Questions to the gateway. None is kept: they are asked again by the clock, as answers may be lost as well. */
export type Requests = {
  /** Asks what became of credentials, at most 64 of them. */
  askFinals(credentialIds: readonly Uint8Array[]): void
  /** Asks for a lease where few indices are left. */
  checkLeases(): void
  /** Asks about own enrolments soon, and then ever more seldom. */
  watchFinals(): void
  close(): void
}

/** What asking takes. */
export type RequestParts = {
  readonly station: StationPath
  readonly messenger: Messenger
  readonly transport: Transport
  readonly leases: Leases
  readonly timers: Timers
  readonly random: (lengthBytes: number) => Uint8Array
  readonly log: Log
  /** Below this many unused indices the kiosk asks for the next lease. */
  readonly indicesInHand: number
  /** Own enrolments that wait for their final credential, by credential identifier. */
  readonly waitingFinals: () => readonly Uint8Array[]
}

const REQUEST_TTL_S = 300
/** Most finals are there within a second of the receipt; one that waits for a peer may take days. */
const FIRST_ASK_MS = 500
const LONGEST_ASK_MS = 900_000

/** Asks nothing until told to. */
export function createRequests(parts: RequestParts): Requests {
  const { station, messenger, transport, leases, timers, random, log } = parts
  const district = districtOf(station)
  const kiosk = kioskNameOf(station)
  let cancelAsk = (): void => {}
  let isClosed = false
  let cursor = 0

  async function publish(type: string, body: Uint8Array): Promise<void> {
    const message = { type, to: district, body, ttlS: REQUEST_TTL_S, correlation: random(16) }
    await transport.publish(kioskUp(district, kiosk, type), messenger.compose(message))
  }
  function ask(type: string, body: Uint8Array): void {
    if (!transport.isConnected || isClosed) return
    publish(type, body).catch((error: unknown) =>
      log.warn('uplink.not-asked', { type, ...errorFields(error) }),
    )
  }
  function askFinals(credentials: readonly Uint8Array[]): void {
    if (credentials.length === 0) return
    ask(FINAL_REQUEST, encodeRecord(finalRequestSchema, { credentials }))
  }
  /** Own enrolments in turn, so that those that wait longest do not hide the others. */
  function askNext(): void {
    const waiting = parts.waitingFinals()
    if (cursor >= waiting.length) cursor = 0
    askFinals(waiting.slice(cursor, cursor + MAX_ASKED_FINALS))
    cursor += MAX_ASKED_FINALS
  }
  function askAfter(ms: number): void {
    cancelAsk()
    if (isClosed) return
    cancelAsk = timers.after(ms, () => {
      askNext()
      askAfter(Math.min(2 * ms, LONGEST_ASK_MS))
    })
  }
  return {
    askFinals,
    checkLeases() {
      if (leases.left >= parts.indicesInHand) return
      ask(LEASE_REQUEST, encodeRecord(leaseRequestSchema, { newest: leases.newest }))
    },
    watchFinals: () => askAfter(FIRST_ASK_MS),
    close() {
      isClosed = true
      cancelAsk()
    },
  }
}
