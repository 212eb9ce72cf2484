import { fromHex, toHex } from '../../protocol/bytes.ts'
import { districtOf, type StationPath } from '../../protocol/district.ts'
import {
  CHUNK,
  type Chunk,
  type ChunksWanted,
  chunkSchema,
  chunksOf,
} from '../../protocol/messages/chunk.ts'
import type { Receipt } from '../../protocol/messages/receipt.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import { kioskUp } from '../../protocol/topics.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import type { Transport } from '../../runtime/transport.ts'
import type { Outbox } from './outbox.ts'
import { kioskNameOf } from './presence.ts'

/** How records go over the line: whole, or in chunks where a reset would lose much of them. */
export type Parcels = {
  /** Sends a record, or of one in chunks what no broker has acknowledged; all of it when all was. */
  send(record: string): Promise<void>
  /** Sends what the gateway says that it lacks. */
  resend(record: string, wanted: ChunksWanted): Promise<void>
  /** The receipt without what only says that the gateway takes no chunks: those records go whole. */
  withoutChunks(receipt: Receipt): Receipt
  /** A new trust list: records are sealed anew, and a gateway that took no chunks may take them now. */
  begin(): void
  close(): void
}

/** What sending takes. */
export type ParcelParts = {
  readonly station: StationPath
  readonly messenger: Messenger
  readonly transport: Transport
  readonly outbox: Outbox
  /** The gateway takes no chunks, so that records in them must go whole, now. */
  readonly onWhole: () => void
}

type Parcel = { readonly chunks: readonly Chunk[]; readonly unsent: Set<number> }

const RECORD_TTL_S = 30 * DAY_S
/** Records in chunks whose bytes are kept for what is sent again: a window, and some. */
const MAX_PARCELS = 128

/** Nothing sent yet. A record keeps its sealed bytes here until its receipt, so that chunks fit each other. */
export function createParcels(parts: ParcelParts): Parcels {
  const { station, messenger, transport, outbox } = parts
  const district = districtOf(station)
  const kiosk = kioskNameOf(station)
  const parcels = new Map<string, Parcel>()
  let areChunksTaken = true
  const stop = outbox.onChange(forgetSettled)

  function forgetSettled(): void {
    if (parcels.size === 0) return
    const waiting = new Set(outbox.waiting.map(({ record }) => record))
    for (const record of parcels.keys()) if (!waiting.has(record)) parcels.delete(record)
  }
  function publish(type: string, record: string, body: Uint8Array): Promise<void> {
    const correlation = fromHex(record)
    const envelope = messenger.compose({
      ...{ type, to: district, body, correlation, ttlS: RECORD_TTL_S },
    })
    return transport.publish(kioskUp(district, kiosk, type), envelope)
  }
  async function sendChunks(record: string, parcel: Parcel, indices: Iterable<number>) {
    const sendings = [...indices].map(async (index) => {
      const chunk = parcel.chunks[index]
      if (chunk === undefined) return
      parcel.unsent.add(index)
      await publish(CHUNK, record, encodeRecord(chunkSchema, chunk))
      // A hint only: what the broker has, a reset need not send again. The receipt decides.
      parcel.unsent.delete(index)
    })
    await Promise.all(sendings)
  }
  function keep(record: string, chunks: readonly Chunk[]): Parcel {
    const parcel = { chunks, unsent: new Set(chunks.keys()) }
    parcels.set(record, parcel)
    const [oldest] = parcels.keys()
    if (parcels.size > MAX_PARCELS && oldest !== undefined) parcels.delete(oldest)
    return parcel
  }
  return {
    async send(record) {
      const known = parcels.get(record)
      if (known !== undefined) {
        const isAllSent = known.unsent.size === 0
        return sendChunks(record, known, isAllSent ? known.chunks.keys() : [...known.unsent])
      }
      const item = await outbox.read(record)
      if (item === undefined) return
      const correlation = fromHex(record)
      const body = messenger.bodyOf({ ...item, to: district, correlation })
      const chunks = areChunksTaken ? chunksOf(item.type, body) : undefined
      if (chunks === undefined) return publish(item.type, record, body)
      const parcel = keep(record, chunks)
      await sendChunks(record, parcel, parcel.unsent)
    },
    async resend(record, { digest, indices }) {
      const parcel = parcels.get(record)
      const [first] = parcel?.chunks ?? []
      if (parcel === undefined || first === undefined) return
      // Of another sealing: the wait for the receipt sends all of the present one.
      if (toHex(first.digest) === toHex(digest)) await sendChunks(record, parcel, indices)
    },
    withoutChunks(receipt) {
      const rows = receipt.rows.filter(
        ({ record, refusal }) => refusal !== 'unknown-type' || !parcels.has(toHex(record)),
      )
      if (rows.length === receipt.rows.length) return receipt
      areChunksTaken = false
      parcels.clear()
      parts.onWhole()
      return { rows }
    },
    begin() {
      areChunksTaken = true
      parcels.clear()
    },
    close: stop,
  }
}
