import fc from 'fast-check'
import t from 'tap'
import {
  type ReceiptRow,
  type RefusalReason,
  receiptSchema,
} from '../../../protocol/messages/receipt.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { byteString, checkRecord } from '../../kit/records.ts'

const REASONS: readonly RefusalReason[] = [
  'malformed',
  'unreadable',
  'wrong-signature',
  'expired',
  'not-ours',
  'quota',
  'unknown-type',
]
const rows: fc.Arbitrary<ReceiptRow> = fc.oneof(
  fc.record({ record: byteString(16), logIndex: fc.maxSafeNat() }),
  fc.record({ record: byteString(16), refusal: fc.constantFrom(...REASONS) }),
)

t.test('a receipt keeps what each message owes its reader', async (t) => {
  checkRecord(t, receiptSchema, fc.record({ rows: fc.array(rows, { maxLength: 256 }) }))
})

t.test('each record has exactly one fate', async (t) => {
  const record = new Uint8Array(16)
  for (const row of [{ record }, { record, logIndex: 1, refusal: 'quota' as const }]) {
    t.throws(() => encodeRecord(receiptSchema, { rows: [row] }), { code: 'call.schema' })
  }
  t.ok(encodeRecord(receiptSchema, { rows: [{ record, logIndex: 0 }] }), 'the first of the log')
})

t.test('256 fates take little of the link', async (t) => {
  const rows = Array.from({ length: 256 }, (_, i) => ({
    record: new Uint8Array(16).fill(i),
    logIndex: 1_000_000 + i,
  }))
  t.ok(encodeRecord(receiptSchema, { rows }).length <= 256 * 26)
})
