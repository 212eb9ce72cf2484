import { toHex } from '../../protocol/bytes.ts'
import type { Receipt, RefusalReason } from '../../protocol/messages/receipt.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Store, Write } from '../../runtime/store.ts'
import { createTurns } from '../in-turn.ts'
import {
  type OutboxItem,
  outboxRowSchema,
  priorityOf,
  refusedRowSchema,
  storedReceiptSchema,
} from './outbox-row.ts'
import { createWaitingList, type Waiting } from './waiting-list.ts'

/** The durable outbox: a row leaves it only by the gateway's signed receipt (docs/protocol.md §7). */
export type Outbox = {
  /** Rows without a receipt as they are sent: small ones before those with templates, each oldest first. */
  readonly waiting: readonly Waiting[]
  readonly receipts: number
  readonly refused: number
  /** True while a record has no receipt and was not refused. */
  has(record: string): boolean
  /** The row of a new record, for the caller's own change; `admit` it once that is durable. */
  row(record: Uint8Array, item: OutboxItem): { readonly write: Write; readonly admit: () => void }
  /** The item of a row, or `undefined` where it has left the outbox. */
  read(record: string): Promise<OutboxItem | undefined>
  /**
   * Acts on a verified receipt: rows at a log index are deleted and the receipt is kept, also where
   * they were refused before; refused rows move aside whole, but those that `expired`, which go again.
   * Rows that are not here change nothing. Resolves to the records settled.
   */
  settle(receipt: Receipt, envelope: Uint8Array): Promise<readonly string[]>
  /** Puts all refused rows back: what they were refused for may be solved. */
  retryRefused(): Promise<void>
  /** The log index of a record whose receipt has come. */
  logIndexOf(record: string): Promise<number | undefined>
  /** Calls back when rows come or go; returns the function that stops it. */
  onChange(listener: () => void): () => void
}

const ROWS = 'outbox'
const REFUSED = 'outbox-refused'
const RECEIPTS = 'receipt'
const COUNTS = 'outbox-counts'

/** A record is signed anew at each sending: one that is too old or too new only says that the clocks differ. */
const PASSING: ReadonlySet<RefusalReason> = new Set(['expired'])

/** Opens the outbox of a store; `nowUnix` dates rows. */
export async function openOutbox(store: Store, nowUnix: () => UnixSeconds): Promise<Outbox> {
  const waiting = createWaitingList()
  for (const { key, value } of await store.range(ROWS)) {
    waiting.set(key, decodeRecord(outboxRowSchema, value))
  }
  const refused = new Set((await store.range(REFUSED)).map(({ key }) => key))
  let receipts = countOf(await store.get(COUNTS, 'receipts'))
  let lastOrder = waiting.inOrder.reduce((last, { order }) => Math.max(last, order), 0)
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of [...listeners]) listener()
  }
  // One after another: two receipts for one record count once.
  const inTurn = createTurns()
  async function accept(key: string, logIndex: number, envelope: Uint8Array): Promise<void> {
    const stored = { logIndex, received: nowUnix(), envelope }
    await store.commit({
      writes: [
        { table: ROWS, key, value: undefined },
        { table: REFUSED, key, value: undefined },
        { table: RECEIPTS, key, value: encodeRecord(storedReceiptSchema, stored) },
        { table: COUNTS, key: 'receipts', value: countBytes(receipts + 1) },
      ],
    })
    receipts += 1
    waiting.delete(key)
    refused.delete(key)
  }
  async function moveAside(key: string, reason: string): Promise<void> {
    const bytes = await store.get(ROWS, key)
    if (bytes === undefined) return
    const row = decodeRecord(outboxRowSchema, bytes)
    const aside = encodeRecord(refusedRowSchema, { row, reason, refused: nowUnix() })
    await store.commit({
      writes: [
        { table: ROWS, key, value: undefined },
        { table: REFUSED, key, value: aside },
      ],
    })
    refused.add(key)
    waiting.delete(key)
  }
  async function putBack(key: string): Promise<void> {
    const bytes = await store.get(REFUSED, key)
    if (bytes === undefined) return
    const { row } = decodeRecord(refusedRowSchema, bytes)
    await store.commit({
      writes: [
        { table: ROWS, key, value: encodeRecord(outboxRowSchema, row) },
        { table: REFUSED, key, value: undefined },
      ],
    })
    refused.delete(key)
    waiting.set(key, row)
  }
  async function settle(receipt: Receipt, envelope: Uint8Array): Promise<readonly string[]> {
    const settled: string[] = []
    for (const { record, logIndex, refusal } of receipt.rows) {
      const key = toHex(record)
      if (logIndex !== undefined && (waiting.has(key) || refused.has(key))) {
        await accept(key, logIndex, envelope)
      } else if (refusal !== undefined && !PASSING.has(refusal) && waiting.has(key)) {
        await moveAside(key, refusal)
      } else continue
      settled.push(key)
    }
    if (settled.length > 0) changed()
    return settled
  }
  return {
    get waiting() {
      return waiting.inOrder
    },
    get receipts() {
      return receipts
    },
    get refused() {
      return refused.size
    },
    has: waiting.has,
    row(record, item) {
      const key = toHex(record)
      lastOrder += 1
      const priority = priorityOf(item)
      const row = { ...item, order: lastOrder, queued: nowUnix(), priority }
      return {
        write: { table: ROWS, key, value: encodeRecord(outboxRowSchema, row) },
        admit() {
          waiting.set(key, row)
          changed()
        },
      }
    },
    async read(record) {
      const bytes = await store.get(ROWS, record)
      return bytes && decodeRecord(outboxRowSchema, bytes)
    },
    settle: (receipt, envelope) => inTurn(() => settle(receipt, envelope)),
    retryRefused: () =>
      inTurn(async () => {
        for (const record of [...refused]) await putBack(record)
        changed()
      }),
    async logIndexOf(record) {
      const bytes = await store.get(RECEIPTS, record)
      return bytes && decodeRecord(storedReceiptSchema, bytes).logIndex
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function countOf(stored: Uint8Array | undefined): number {
  return stored === undefined ? 0 : new DataView(stored.buffer, stored.byteOffset).getUint32(0)
}

function countBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, count)
  return bytes
}
