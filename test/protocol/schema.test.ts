import t from 'tap'
import { type CborValue, encodeCbor } from '../../protocol/cbor.ts'
import {
  bool,
  bytes,
  checked,
  code,
  decodeRecord,
  encodeRecord,
  field,
  list,
  optional,
  parseValue,
  record,
  type Schema,
  text,
  uint,
} from '../../protocol/schema.ts'

type Card = {
  readonly uid: Uint8Array
  readonly kind: 'plain' | 'secure'
  readonly count: number
  readonly note?: string | undefined
  readonly isLost: boolean
  readonly slots: readonly number[]
}

const card: Schema<Card> = record<Card>('card', {
  uid: field(1, bytes(4, 7)),
  kind: field(2, code<Card['kind']>({ plain: 0, secure: 1 })),
  count: field(3, uint(99, 1)),
  note: optional(-4, text(5)),
  isLost: field(5, bool()),
  slots: field(6, list(uint(4), 3)),
})

const HONEST: Card = {
  uid: Uint8Array.of(1, 2, 3, 4),
  kind: 'secure',
  count: 7,
  isLost: false,
  slots: [0, 4],
}

const parseMap = (...entries: [number | string, CborValue][]) => parseValue(card, new Map(entries))

t.test('a record travels as a map with integer keys and comes back', async (t) => {
  t.same(decodeRecord(card, encodeRecord(card, HONEST)), HONEST)
  const noted = { ...HONEST, note: 'é' }
  t.same(decodeRecord(card, encodeRecord(card, noted)), noted)
})

t.test('absent and undefined are the same', async (t) => {
  t.same(encodeRecord(card, { ...HONEST, note: undefined }), encodeRecord(card, HONEST))
})

t.test('all problems are told at once, with their place', async (t) => {
  t.throws(
    () =>
      parseMap(
        [1, new Uint8Array(3)],
        [2, 9],
        [3, 0],
        [-4, 'longer'],
        [6, [1, 5, 'x']],
        [7, 0],
        ['note', ''],
      ),
    {
      code: 'bytes.schema',
      message:
        /uid is not a byte string of 4\.\.7.*kind is not one of plain, secure.*count is not an integer in 1\.\.99.*note is not a text.*isLost is missing.*slots\[1\] is not.*slots\[2\] is not.*unknown key 7.*unknown key note/,
    },
  )
})

t.test('each bound holds on both sides', async (t) => {
  const isGood = (changes: Partial<Card>) => {
    try {
      encodeRecord(card, { ...HONEST, ...changes })
      return true
    } catch {
      return false
    }
  }
  t.ok(isGood({ uid: new Uint8Array(7), count: 99, note: '12345', slots: [0, 0, 0] }))
  t.ok(isGood({ count: 1, note: '', slots: [] }))
  t.notOk(isGood({ uid: new Uint8Array(8) }))
  t.notOk(isGood({ uid: new Uint8Array(3) }))
  t.notOk(isGood({ count: 100 }))
  t.notOk(isGood({ count: 0 }))
  t.notOk(isGood({ slots: [0, 0, 0, 0] }))
  t.notOk(isGood({ note: 'ééé' }), 'five bytes of UTF-8, not five characters')
})

t.test('what nobody would read back is not written', async (t) => {
  t.throws(() => encodeRecord(card, { ...HONEST, count: 1000 }), {
    code: 'call.schema',
    message: /card.count/,
  })
  const unknown = { ...HONEST, kind: 'golden' } as unknown as Card
  t.throws(() => encodeRecord(card, unknown), { code: 'call.schema' })
})

t.test('another type where a member should be is refused', async (t) => {
  for (const value of [null, 'x', 1, [], new Uint8Array(1), { tag: 18, value: null }] as const) {
    t.throws(() => parseValue(card, value), { code: 'bytes.schema' })
  }
  t.throws(() => parseValue(uint(), 2n ** 63n), { code: 'bytes.schema' })
  t.throws(() => parseValue(uint(), -1), { code: 'bytes.schema' })
  t.throws(() => parseValue(list(uint(), 2), new Map()), { code: 'bytes.schema' })
  t.throws(() => parseValue(bool(), 0), { code: 'bytes.schema' })
  t.throws(() => parseValue(code<'a'>({ a: 0 }), 'a'), { code: 'bytes.schema' })
})

t.test('bytes over the limit are refused before they are read', async (t) => {
  t.throws(() => decodeRecord(card, encodeRecord(card, HONEST), { maxBytes: 8, maxDepth: 4 }), {
    code: 'bytes.cbor',
  })
})

t.test('a rule between members is kept when reading and when writing', async (t) => {
  const lostOnce = checked(card, ({ isLost, count }) =>
    isLost && count > 1 ? 'lost more than once' : undefined,
  )
  const wrong = { ...HONEST, isLost: true }
  t.same(parseValue(lostOnce, lostOnce.encode(HONEST)), HONEST)
  t.throws(() => encodeRecord(lostOnce, wrong), { code: 'call.schema' })
  t.throws(() => decodeRecord(lostOnce, encodeCbor(card.encode(wrong))), {
    code: 'bytes.schema',
    message: /card is lost more than once/,
  })
})

t.test('each kind says what it is in CDDL', async (t) => {
  t.equal(bytes(8).cddl, 'bstr .size 8')
  t.equal(bytes(4, 7).cddl, 'bstr .size (4..7)')
  t.equal(list(uint(9), 3).cddl, '[0*3 0..9]')
  t.equal(code<'no' | 'yes'>({ no: 0, yes: 1 }).cddl, '&(no: 0, yes: 1)')
  t.equal(card.cddl, 'card')
})
