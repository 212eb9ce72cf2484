import fc from 'fast-check'
import t from 'tap'
import { fromHex, fromText, toHex } from '../../../protocol/bytes.ts'
import {
  decodeNdef,
  encodeNdef,
  MAX_NDEF_RECORDS,
  type NdefRecord,
  Tnf,
  uriOf,
  uriRecord,
} from '../../../protocol/card/ndef.ts'

const NONE = new Uint8Array(0)

function record(tnf: Tnf, type: string, payload: Uint8Array, id: string = ''): NdefRecord {
  return { tnf, type: fromText(type), id: fromText(id), payload }
}

// [URI RTD 1.0 §A.1] a short record, by fields.
const NFC_FORUM = fromHex(
  [
    'd1', // MB, ME, SR, TNF 1
    '01', // type length
    '08', // payload length
    '55', // 'U'
    '01', // http://www.
    '6e66632e636f6d', // nfc.com
  ].join(''),
)

t.test('the URI record of the NFC Forum example goes both ways', async (t) => {
  t.equal(toHex(encodeNdef([uriRecord('http://www.nfc.com')])), toHex(NFC_FORUM))
  const reading = decodeNdef(NFC_FORUM)
  t.equal(reading.kind, 'message')
  t.equal(uriOf(reading.records[0] as NdefRecord), 'http://www.nfc.com')
})

t.test('an address takes the longest prefix code, an odd one the empty prefix', async (t) => {
  for (const [uri, code] of [
    ['https://www.example.org/', 2],
    ['http://example.org/', 3],
    ['https://example.org/', 4],
    ['geo:33.6,73.0', 0],
    ['', 0],
  ] as const) {
    t.equal(uriRecord(uri).payload[0], code, uri)
    t.equal(uriOf(uriRecord(uri)), uri)
  }
})

t.test(
  'a URI record that is not one, has an unread prefix or bad UTF-8 gives no address',
  async (t) => {
    t.equal(uriOf(record(Tnf.external, 'U', Uint8Array.of(0, 0x61))), undefined)
    t.equal(uriOf(record(Tnf.wellKnown, 'T', Uint8Array.of(0, 0x61))), undefined)
    t.equal(uriOf(record(Tnf.wellKnown, 'U', Uint8Array.of(5, 0x31))), undefined, 'tel:')
    t.equal(uriOf(record(Tnf.wellKnown, 'U', NONE)), undefined)
    t.equal(uriOf(record(Tnf.wellKnown, 'U', Uint8Array.of(4, 0xff))), undefined)
  },
)

t.test('a payload of 256 bytes takes the long form, with its id', async (t) => {
  const long = encodeNdef([record(Tnf.media, 'a/b', new Uint8Array(256), 'i')])
  t.equal(toHex(long.subarray(0, 11)), `ca0300000100${'01'}612f6269`)
  t.equal(decodeNdef(long).kind, 'message')
  t.equal(decodeNdef(long).records[0]?.payload.length, 256)
})

t.test('what no message can be is called broken, with the reason', async (t) => {
  for (const [hex, why] of [
    ['', /header/],
    ['d1', /header/],
    ['c1010000', /header/],
    ['d101', /header/],
    ['51010155', /begin flag/],
    ['9101005551010055' + '00', /after the last/],
    ['910100559101' + '0055', /begin flag/],
    ['f1010055', /chunked/],
    ['d60000', /chunked/],
    ['d70000', /reserved/],
    ['d00100' + '55', /empty record/],
    ['d50100' + '55', /type length/],
    ['d10000', /type length/],
    ['c10100ffffff55', /header|past/],
    ['c101ffffffff55', /past the message/],
  ] as const) {
    const reading = decodeNdef(fromHex(hex))
    t.equal(reading.kind, 'broken', hex)
    t.match(reading.kind === 'broken' ? reading.why : '', why, hex)
  }
})

t.test('the count of records is bounded in both directions', async (t) => {
  const empty = record(Tnf.empty, '', NONE)
  const full = Array.from({ length: MAX_NDEF_RECORDS }, () => empty)
  t.equal(decodeNdef(encodeNdef(full)).records.length, MAX_NDEF_RECORDS)
  t.throws(() => encodeNdef([...full, empty]), { code: 'call.ndef' })
  t.throws(() => encodeNdef([]), { code: 'call.ndef' })
  t.throws(() => encodeNdef([record(Tnf.media, 'x'.repeat(256), NONE)]), { code: 'call.ndef' })
  const endless = new Uint8Array(3 * (MAX_NDEF_RECORDS + 1))
  for (let i = 0; i < endless.length; i += 3) endless[i] = i === 0 ? 0x90 : 0x10
  t.match(decodeNdef(endless), { kind: 'broken', why: /more than/ })
})

const anyRecord: fc.Arbitrary<NdefRecord> = fc
  .record({
    tnf: fc.constantFrom(Tnf.wellKnown, Tnf.media, Tnf.absoluteUri, Tnf.external),
    type: fc.uint8Array({ minLength: 1, maxLength: 255 }),
    id: fc.uint8Array({ maxLength: 255 }),
    payload: fc.uint8Array({ maxLength: 600 }),
  })
  .map((drawn) => drawn as NdefRecord)

t.test('any message reads back as written, and never from a part of it', async (t) => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (records) => {
      const bytes = encodeNdef(records)
      const reading = decodeNdef(bytes)
      if (reading.kind !== 'message') return false
      t.same(reading.records, records)
      for (let cut = 0; cut < bytes.length; cut += 1 + (bytes.length >> 6)) {
        if (decodeNdef(bytes.subarray(0, cut)).kind === 'message') return false
      }
      return true
    }),
    { numRuns: 60 },
  )
})

t.test('noise is read without a throw and within its own bytes', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const { records } = decodeNdef(noise)
      const used = records.reduce(
        (sum, { type, id, payload }) => sum + type.length + id.length + payload.length,
        0,
      )
      return used <= noise.length
    }),
    { numRuns: 2000 },
  )
})
