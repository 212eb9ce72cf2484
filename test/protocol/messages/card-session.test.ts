import t from 'tap'
import { type CborValue, encodeCbor } from '../../../protocol/cbor.ts'
import {
  type CardSessionMessage,
  cardSessionSchema,
  MAX_CARD_STEPS,
} from '../../../protocol/messages/card-session.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { acceptedCuts, feedNoise, isRefused } from '../../kit/parsers.ts'

const session = new Uint8Array(16).fill(5)
const decode = (bytes: Uint8Array): CardSessionMessage => decodeRecord(cardSessionSchema, bytes)

t.test('each kind of message comes back as it went', async (t) => {
  const messages: readonly CardSessionMessage[] = [
    { session, step: 0, kind: 'open', bytes: new Uint8Array(7) },
    { session, step: 1, kind: 'command', bytes: new Uint8Array(261) },
    { session, step: MAX_CARD_STEPS, kind: 'answer', bytes: new Uint8Array(2) },
    { session, step: 3, kind: 'end', outcome: 'card-moved' },
  ]
  for (const message of messages) {
    const bytes = encodeRecord(cardSessionSchema, message)
    t.match(decode(bytes), message)
    t.same(acceptedCuts(bytes, decode), [])
  }
  feedNoise(decode)
})

t.test('what fits no step of a session is refused', async (t) => {
  const wrong: readonly CardSessionMessage[] = [
    { session, step: 1, kind: 'open', bytes: new Uint8Array(7) },
    { session, step: 0, kind: 'command', bytes: new Uint8Array(7) },
    { session, step: 0, kind: 'open', bytes: new Uint8Array(11) },
    { session, step: 2, kind: 'answer', bytes: new Uint8Array(259) },
    { session, step: 2, kind: 'command', bytes: new Uint8Array(3) },
    { session, step: 2, kind: 'answer' },
    { session, step: 2, kind: 'end' },
    { session, step: 2, kind: 'end', outcome: 'done', bytes: new Uint8Array(2) },
    { session, step: 2, kind: 'answer', bytes: new Uint8Array(2), outcome: 'done' },
  ]
  const kinds = ['open', 'command', 'answer', 'end']
  const outcomes = ['done']
  for (const message of wrong) {
    t.throws(() => encodeRecord(cardSessionSchema, message), { code: 'call.schema' })
    const fields = new Map<number, CborValue>([
      [1, message.session],
      [2, message.step],
      [3, kinds.indexOf(message.kind)],
    ])
    if (message.bytes !== undefined) fields.set(4, message.bytes)
    if (message.outcome !== undefined) fields.set(5, outcomes.indexOf(message.outcome))
    t.ok(
      isRefused(() => decode(encodeCbor(fields))),
      JSON.stringify(message),
    )
  }
})
