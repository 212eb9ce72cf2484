import {
  bytes,
  checked,
  code,
  field,
  list,
  optional,
  record,
  type Schema,
  uint,
} from '../schema.ts'

/** Message type of a receipt: gateway to kiosk, signed; only it empties the outbox. */
export const RECEIPT = 'receipt'

/** Why a record was refused; `quota` and `unreadable` stay with the operator to solve. */
export type RefusalReason =
  | 'malformed'
  | 'unreadable'
  | 'wrong-signature'
  | 'expired'
  | 'not-ours'
  | 'quota'
  | 'unknown-type'

/** The fate of one record: committed at a log index, or refused with a reason. */
export type ReceiptRow = {
  readonly record: Uint8Array
  readonly logIndex?: number | undefined
  readonly refusal?: RefusalReason | undefined
}

/** Fates of some records; each record gets exactly one, and the same one when it comes again. */
export type Receipt = { readonly rows: readonly ReceiptRow[] }

const rowSchema: Schema<ReceiptRow> = checked(
  record<ReceiptRow>('receipt-row', {
    record: field(1, bytes(16)),
    logIndex: optional(2, uint()),
    refusal: optional(
      3,
      code<RefusalReason>({
        malformed: 1,
        unreadable: 2,
        'wrong-signature': 3,
        expired: 4,
        'not-ours': 5,
        quota: 6,
        'unknown-type': 7,
      }),
    ),
  }),
  ({ logIndex, refusal }) =>
    (logIndex === undefined) === (refusal === undefined)
      ? 'neither or both of a log index and a refusal'
      : undefined,
)

/** The table of a receipt's fields. */
export const receiptSchema: Schema<Receipt> = record<Receipt>('receipt', {
  rows: field(1, list(rowSchema, 256)),
})
