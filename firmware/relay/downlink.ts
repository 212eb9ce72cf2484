import { toHex } from '../../protocol/bytes.ts'
import { districtOf, type StationPath } from '../../protocol/district.ts'
import type { OpenedEnvelope } from '../../protocol/envelope.ts'
import { hasCode } from '../../protocol/errors.ts'
import { CHUNKS_WANTED, chunksWantedSchema } from '../../protocol/messages/chunk.ts'
import { FINAL_ANSWER, finalAnswerSchema } from '../../protocol/messages/final.ts'
import { LEASE, leaseSchema } from '../../protocol/messages/lease.ts'
import { RECEIPT, receiptSchema } from '../../protocol/messages/receipt.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { allDown, allStatusLists, gatewayPublic } from '../../protocol/topics.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import type { Message, Transport } from '../../runtime/transport.ts'
import type { TrustKeeper } from '../../runtime/trust-keeper.ts'
import type { Leases } from '../enrolment/leases.ts'
import type { Finals } from './finals.ts'
import type { Outbox } from './outbox.ts'
import type { Parcels } from './parcels.ts'
import { kioskNameOf } from './presence.ts'
import type { StatusLists } from './status-lists.ts'

/** Where what comes from the gateway goes. */
export type DownlinkParts = {
  readonly station: StationPath
  readonly messenger: Messenger
  readonly transport: Transport
  readonly outbox: Outbox
  readonly parcels: Parcels
  readonly leases: Leases
  readonly finals: Finals
  readonly statusLists: StatusLists
  readonly trust: TrustKeeper
  readonly log: Log
  /** True where these bytes are a final credential that verifies, for that provisional one. */
  readonly isGoodFinal: (credential: Uint8Array, provisionalId: Uint8Array) => boolean
  /** A time that the gateway signed, in Unix seconds. */
  readonly onSignedTime: (unix: number) => void
  readonly onReceipt: () => void
  readonly onNewTrust: () => void
  /** Something was taken. */
  readonly onChange: () => void
}

/** Listens to the gateway until the returned function ends it; that resolves when nothing is under way. */
export async function listenDown(parts: DownlinkParts): Promise<() => Promise<void>> {
  const { station, transport, log } = parts
  const district = districtOf(station)
  const underWay = new Set<Promise<void>>()

  /** Bytes from outside never end the process; a fault of our own does, as any bug. */
  function listening(what: string, take: (payload: Uint8Array) => Promise<unknown>) {
    return (message: Message): void => {
      const taken = take(message.payload)
        .then(() => undefined)
        .catch((error: unknown) => {
          if (!hasCode(error, 'bytes') && !hasCode(error, 'store')) throw error
          log.warn('downlink.refused', { what, ...errorFields(error) })
        })
        .finally(() => underWay.delete(taken))
      underWay.add(taken)
    }
  }
  const letter = listening('letter', (payload) => takeLetter(parts, payload))
  const trustList = listening('trust list', (payload) => takeTrust(parts, payload))
  const statusList = listening('status list', (payload) => takeStatus(parts, payload))
  const stops = await Promise.all([
    transport.subscribe(allDown(district, kioskNameOf(station)), letter),
    transport.subscribe(gatewayPublic(district, 'trust'), trustList),
    transport.subscribe(allStatusLists(district), statusList),
  ])
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
    await Promise.all([...underWay])
  }
}

/** Takes a newer trust list; throws `bytes.*` on one that is not good. */
export async function takeTrust(parts: DownlinkParts, payload: Uint8Array): Promise<void> {
  const { trust } = parts
  if (!(await trust.offer(payload))) return
  parts.onSignedTime(trust.current.issued)
  parts.onNewTrust()
  parts.onChange()
}

/** Takes a newer status list; throws `bytes.*` on one that is not good. */
export async function takeStatus(parts: DownlinkParts, payload: Uint8Array): Promise<void> {
  if (await parts.statusLists.offer(payload)) parts.onChange()
}

/** A letter to this kiosk: only our own gateway's is acted on. Of any other, what is wrong with it. */
export async function takeLetter(
  parts: DownlinkParts,
  payload: Uint8Array,
): Promise<string | undefined> {
  const { messenger, station, log } = parts
  const opened = messenger.open(payload)
  const isOwn =
    !('fault' in opened) &&
    opened.sender.station === districtOf(station) &&
    opened.sender.role === 'district'
  if (!isOwn) {
    const what = 'fault' in opened ? opened.fault : 'a letter of another station'
    log.warn('downlink.refused', { what })
    return what
  }
  parts.onSignedTime(opened.issued)
  await dispatch(parts, opened, payload)
  parts.onChange()
  return undefined
}

async function dispatch(
  { outbox, parcels, leases, finals, log, isGoodFinal, onReceipt }: DownlinkParts,
  { type, body, correlation }: OpenedEnvelope,
  envelope: Uint8Array,
): Promise<void> {
  switch (type) {
    case RECEIPT: {
      const receipt = parcels.withoutChunks(decodeRecord(receiptSchema, body))
      const settled = await outbox.settle(receipt, envelope)
      log.info('outbox.receipt', { records: settled.length })
      return onReceipt()
    }
    case LEASE:
      await leases.add(decodeRecord(leaseSchema, body))
      return
    case FINAL_ANSWER:
      return finals.take(decodeRecord(finalAnswerSchema, body), isGoodFinal)
    case CHUNKS_WANTED: {
      const wanted = decodeRecord(chunksWantedSchema, body)
      if (correlation === undefined) return
      return parcels
        .resend(toHex(correlation), wanted)
        .catch((error: unknown) => log.warn('outbox.not-sent', errorFields(error)))
    }
    default:
      log.warn('downlink.refused', { what: `the unknown type ${type}` })
  }
}
