import fc from 'fast-check'
import t from 'tap'
import {
  type FinalRow,
  finalAnswerSchema,
  finalRequestSchema,
} from '../../../protocol/messages/final.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { byteString, checkRecord, maybe, uint32 } from '../../kit/records.ts'

const rows: fc.Arbitrary<FinalRow> = fc.oneof(
  fc.record({
    id: byteString(8),
    state: fc.constantFrom('waiting', 'second-look', 'unknown'),
    deadline: maybe(uint32()),
  }),
  fc.record({ id: byteString(8), state: fc.constant('ready'), credential: byteString(1, 160) }),
)

t.test('a request keeps what each message owes its reader', async (t) => {
  const requests = fc.record({ credentials: fc.array(byteString(8), { maxLength: 64 }) })
  checkRecord(t, finalRequestSchema, requests)
})

t.test('an answer keeps what each message owes its reader', async (t) => {
  checkRecord(t, finalAnswerSchema, fc.record({ rows: fc.array(rows, { maxLength: 64 }) }))
})

t.test('a row is ready exactly when the credential is in it', async (t) => {
  const id = new Uint8Array(8)
  const credential = new Uint8Array(143)
  const wrong: readonly FinalRow[] = [
    { id, state: 'ready' },
    { id, state: 'waiting', credential },
    { id, state: 'second-look', credential },
  ]
  for (const row of wrong) {
    t.throws(() => encodeRecord(finalAnswerSchema, { rows: [row] }), { code: 'call.schema' })
  }
})

t.test('no more than 64 credentials are asked for at once', async (t) => {
  const credentials = (count: number) => Array.from({ length: count }, () => new Uint8Array(8))
  t.ok(encodeRecord(finalRequestSchema, { credentials: credentials(64) }))
  t.throws(() => encodeRecord(finalRequestSchema, { credentials: credentials(65) }), {
    code: 'call.schema',
  })
})
