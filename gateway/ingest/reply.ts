import type { OpenedEnvelope } from '../../protocol/envelope.ts'
import { RECEIPT, type RefusalReason, receiptSchema } from '../../protocol/messages/receipt.ts'
import { encodeRecord } from '../../protocol/schema.ts'

/** A verified message that can be answered. */
export type Request = { readonly opened: OpenedEnvelope; readonly correlation: Uint8Array }

/** What goes back to whoever asked, under the request's correlation. */
export type Reply = {
  readonly type: string
  readonly body: Uint8Array
  /** Set where it is a refusal: those are counted. */
  readonly refused?: RefusalReason
}

/** A signed receipt that refuses a record, or a request by its correlation. */
export function refusal(record: Uint8Array, reason: RefusalReason): Reply {
  const body = encodeRecord(receiptSchema, { rows: [{ record, refusal: reason }] })
  return { type: RECEIPT, body, refused: reason }
}

/** A signed receipt for a record that is durable. */
export function receipt(record: Uint8Array, logIndex: number): Reply {
  return { type: RECEIPT, body: encodeRecord(receiptSchema, { rows: [{ record, logIndex }] }) }
}
