import { fromHex } from '../../protocol/bytes.ts'
import { districtOf, type StationPath } from '../../protocol/district.ts'
import type { OpenedEnvelope } from '../../protocol/envelope.ts'
import { hasCode } from '../../protocol/errors.ts'
import {
  FINAL_ANSWER,
  FINAL_REQUEST,
  finalAnswerSchema,
  finalRequestSchema,
} from '../../protocol/messages/final.ts'
import {
  LEASE,
  LEASE_REQUEST,
  leaseRequestSchema,
  leaseSchema,
} from '../../protocol/messages/lease.ts'
import { RECEIPT, receiptSchema } from '../../protocol/messages/receipt.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import { allDown, allStatusLists, gatewayPublic, kioskUp } from '../../protocol/topics.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import type { Timers } from '../../runtime/timers.ts'
import type { Message, Transport } from '../../runtime/transport.ts'
import type { TrustKeeper } from '../../runtime/trust-keeper.ts'
import type { Leases } from '../enrolment/leases.ts'
import type { Finals } from './finals.ts'
import type { Outbox } from './outbox.ts'
import { goneMessage, kioskNameOf, presenceMessage } from './presence.ts'
import { startSender } from './sender.ts'
import type { StatusLists } from './status-lists.ts'

/** What an uplink stands on. */
export type UplinkParts = {
  readonly station: StationPath
  readonly messenger: Messenger
  readonly transport: Transport
  readonly outbox: Outbox
  readonly leases: Leases
  readonly finals: Finals
  readonly statusLists: StatusLists
  readonly trust: TrustKeeper
  readonly timers: Timers
  readonly log: Log
  readonly random: (lengthBytes: number) => Uint8Array
  /** Own enrolments that wait for their final credential, by credential identifier. */
  readonly waitingFinals: () => readonly Uint8Array[]
  /** True where these bytes are a final credential that verifies, for that identifier. */
  readonly isGoodFinal: (credential: Uint8Array, id: Uint8Array) => boolean
  /** A time that the gateway signed, in Unix seconds. */
  readonly onSignedTime: (unix: number) => void
  /** The link, the trust list, the status lists or the leases changed. */
  readonly onChange: () => void
}

/** The kiosk's side of the line to its gateway. Every wait of a resident goes on without it. */
export type Uplink = {
  readonly isConnected: boolean
  /** Asks what became of credentials, without waiting; an answer comes into `finals`. */
  askFinals(credentialIds: readonly Uint8Array[]): void
  /** Asks for a lease where few indices are left. */
  checkLeases(): void
  close(): Promise<void>
}

/** Below this many unused indices a kiosk asks for the next lease: a day's work in hand. */
export const LEASE_LOW_INDICES = 64

const RECORD_TTL_S = 30 * DAY_S
const REQUEST_TTL_S = 300
const TICK_MS = 60_000
/** Most finals are there within a second of the receipt; one that waits for a peer may take days. */
const FIRST_ASK_MS = 500
const LONGEST_ASK_MS = 900_000
const MAX_ASKED = 64
const GOODBYE_MS = 1000

/** Subscribes, and keeps the outbox draining, until closed. */
export async function startUplink(parts: UplinkParts): Promise<Uplink> {
  const { station, messenger, transport, outbox, leases, timers, log } = parts
  const district = districtOf(station)
  const kiosk = kioskNameOf(station)
  let isClosed = false
  let cancelTick = (): void => {}
  let cancelAsk = (): void => {}
  let cursor = 0
  let lastSaid = ''

  const publish = (type: string, body: Uint8Array, ttlS: number, correlation: Uint8Array) =>
    transport.publish(
      kioskUp(district, kiosk, type),
      messenger.compose({ type, to: district, body, ttlS, correlation }),
    )
  /** A request is not kept: it is asked again by the clock, and its answer may be lost as well. */
  const ask = (type: string, body: Uint8Array): void => {
    if (!transport.isConnected || isClosed) return
    attempt(`ask ${type}`, () => publish(type, body, REQUEST_TTL_S, parts.random(16)))
  }
  const attempt = (what: string, act: () => Promise<unknown>): void => {
    const failed = (error: unknown) => log.warn('uplink.not-sent', { what, ...errorFields(error) })
    try {
      act().catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  const sender = startSender({
    outbox,
    timers,
    send: async (record) => {
      const item = await outbox.read(record)
      if (item === undefined) return
      const { type, body, isSealed } = item
      const correlation = fromHex(record)
      const message = { type, to: district, body, isSealed, ttlS: RECORD_TTL_S, correlation }
      await transport.publish(kioskUp(district, kiosk, type), messenger.compose(message))
    },
    onFault: (record, error) =>
      log.warn('outbox.not-sent', { record: record.slice(0, 8), ...errorFields(error) }),
  })
  const checkLeases = (): void => {
    if (leases.left >= LEASE_LOW_INDICES) return
    ask(LEASE_REQUEST, encodeRecord(leaseRequestSchema, { newest: leases.newest }))
  }
  const askFinals = (credentials: readonly Uint8Array[]): void => {
    if (credentials.length === 0) return
    ask(FINAL_REQUEST, encodeRecord(finalRequestSchema, { credentials }))
  }
  /** Asks about own enrolments, 64 at a time in turn, ever more seldom until the next receipt. */
  const askAfter = (ms: number): void => {
    cancelAsk()
    cancelAsk = timers.after(ms, () => {
      const waiting = parts.waitingFinals()
      if (cursor >= waiting.length) cursor = 0
      askFinals(waiting.slice(cursor, cursor + MAX_ASKED))
      cursor += MAX_ASKED
      askAfter(Math.min(2 * ms, LONGEST_ASK_MS))
    })
  }
  const sayPresence = (): void => {
    const presence = { isHere: true, queued: outbox.waiting.length, indicesLeft: leases.left }
    const news = JSON.stringify(presence)
    if (!transport.isConnected || news === lastSaid) return
    lastSaid = news
    attempt('presence', () => {
      const { topic, payload } = presenceMessage(messenger, station, presence)
      return transport.publish(topic, payload, { retain: true })
    })
  }
  const tick = (): void => {
    cancelTick()
    if (isClosed) return
    cancelTick = timers.after(TICK_MS, tick)
    sayPresence()
    checkLeases()
  }
  const dispatch = createDispatch(parts)
  const takeDown = async ({ payload }: Message): Promise<void> => {
    const opened = messenger.open(payload)
    if ('fault' in opened) return log.warn('uplink.refused', { fault: opened.fault })
    const isGateway = opened.sender.station === district && opened.sender.role === 'district'
    if (!isGateway) return log.warn('uplink.refused', { fault: 'not from our gateway' })
    parts.onSignedTime(opened.issued)
    await dispatch(opened, payload)
    if (opened.type === RECEIPT) askAfter(FIRST_ASK_MS)
    parts.onChange()
  }
  const takeTrust = async ({ payload }: Message): Promise<void> => {
    if (!(await parts.trust.offer(payload))) return
    parts.onSignedTime(parts.trust.current.issued)
    // A newer list may have the key that a sealed record was waiting for.
    sender.setConnected(false)
    sender.setConnected(transport.isConnected)
    parts.onChange()
  }
  const takeStatus = async ({ payload }: Message): Promise<void> => {
    if (await parts.statusLists.offer(payload)) parts.onChange()
  }
  /** Bytes from outside never end the process; a fault of our own does, as any bug. */
  const listening = (what: string, take: (message: Message) => Promise<void>) => {
    return (message: Message): void => {
      take(message).catch((error: unknown) => {
        if (!hasCode(error, 'bytes') && !hasCode(error, 'store')) throw error
        log.warn('uplink.refused', { what, ...errorFields(error) })
      })
    }
  }
  const stops = await Promise.all([
    transport.subscribe(allDown(district, kiosk), listening('message', takeDown)),
    transport.subscribe(gatewayPublic(district, 'trust'), listening('trust list', takeTrust)),
    transport.subscribe(allStatusLists(district), listening('status list', takeStatus)),
  ])
  const setConnected = (isConnected: boolean): void => {
    sender.setConnected(isConnected)
    // The broker has said that we are gone, or has forgotten us.
    lastSaid = ''
    if (isConnected) {
      tick()
      askAfter(FIRST_ASK_MS)
    }
    parts.onChange()
  }
  const stopState = transport.onState(setConnected)
  setConnected(transport.isConnected)
  return {
    get isConnected() {
      return transport.isConnected
    },
    askFinals,
    checkLeases,
    async close() {
      isClosed = true
      cancelTick()
      cancelAsk()
      stopState()
      await sayGone(parts)
      sender.close()
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

/** Says goodbye where the line is up; the will message says it where it is not. */
async function sayGone({ transport, messenger, station, log }: UplinkParts): Promise<void> {
  if (!transport.isConnected) return
  const { topic, payload } = goneMessage(messenger, station)
  const signal = AbortSignal.timeout(GOODBYE_MS)
  await transport
    .publish(topic, payload, { retain: true, signal })
    .catch((error: unknown) => log.warn('uplink.not-sent', errorFields(error)))
}

/** What each message of the gateway does. */
function createDispatch(
  parts: UplinkParts,
): (opened: OpenedEnvelope, envelope: Uint8Array) => Promise<void> {
  const { outbox, leases, finals, log } = parts
  return async (opened, envelope) => {
    switch (opened.type) {
      case RECEIPT: {
        const settled = await outbox.settle(decodeRecord(receiptSchema, opened.body), envelope)
        log.info('outbox.receipt', { records: settled.length })
        return
      }
      case LEASE:
        await leases.add(decodeRecord(leaseSchema, opened.body))
        return
      case FINAL_ANSWER:
        await finals.take(decodeRecord(finalAnswerSchema, opened.body), parts.isGoodFinal)
        return
      default:
        log.warn('uplink.refused', { fault: `unknown type ${opened.type}` })
    }
  }
}
