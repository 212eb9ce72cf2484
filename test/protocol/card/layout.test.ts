import fc from 'fast-check'
import t from 'tap'
import { concat, fromHex, fromText, toHex } from '../../../protocol/bytes.ts'
import {
  type CardFile,
  decodeCardFile,
  encodeCardFile,
  GuardedFile,
  MAX_URI_RECORD_BYTES,
  NDEF_FILE_BYTES,
  NLEN_BYTES,
  RedoRecord,
  TICKET_RECORD_BYTES,
} from '../../../protocol/card/layout.ts'
import { encodeNdef, Tnf, uriRecord } from '../../../protocol/card/ndef.ts'
import { MAX_CREDENTIAL_BYTES } from '../../../protocol/credential.ts'

const CREDENTIAL = Uint8Array.from({ length: 149 }, (_, i) => (7 * i + 1) & 0xff)
const TICKET = { number: fromHex('0102030405060708'), deadline: 0xfe_dc_ba_98 }
const LONGEST_URI = `https://${'a'.repeat(63)}`

t.test('the file is NLEN, credential record and ticket record, byte by byte', async (t) => {
  const file = encodeCardFile({ credential: CREDENTIAL, ticket: TICKET })
  t.equal(
    toHex(file),
    [
      '00ae', // NLEN 174
      '94', // MB, SR, external type
      '07', // type length
      '95', // payload length 149
      toHex(fromText('pop:cwt')),
      toHex(CREDENTIAL),
      '55', // ME, SR, unknown type
      '00', // type length
      '0c', // payload length 12
      '0102030405060708', // number
      'fedcba98', // deadline
    ].join(''),
  )
})

t.test('with an address the URI record comes first, so that a phone opens it', async (t) => {
  const file = encodeCardFile({ uri: 'https://id.example/t?', credential: CREDENTIAL })
  t.equal(toHex(file.subarray(0, 6)), '00c091010e55')
  t.equal(toHex(file.subarray(-TICKET_RECORD_BYTES)), `55000c${'00'.repeat(12)}`)
  t.match(decodeCardFile(file), { kind: 'personhood', uri: 'https://id.example/t?' })
})

t.test('the longest URI, credential and ticket fill 255 of the 256 bytes', async (t) => {
  const credential = new Uint8Array(MAX_CREDENTIAL_BYTES).fill(0xd2)
  t.equal(encodeNdef([uriRecord(LONGEST_URI)]).length, MAX_URI_RECORD_BYTES)
  const file = encodeCardFile({ uri: LONGEST_URI, credential, ticket: TICKET })
  t.equal(file.length, NDEF_FILE_BYTES - 1)
  t.equal(file.length, NLEN_BYTES + MAX_URI_RECORD_BYTES + 170 + TICKET_RECORD_BYTES)
  t.equal(file[0], 0, 'NLEN changes in its low byte only')
})

t.test('what does not fit is refused with its size', async (t) => {
  for (const bad of [
    { credential: new Uint8Array(0) },
    { credential: new Uint8Array(MAX_CREDENTIAL_BYTES + 1) },
    { credential: CREDENTIAL, uri: `${LONGEST_URI}a` },
    { credential: CREDENTIAL, ticket: { number: new Uint8Array(7), deadline: 1 } },
    { credential: CREDENTIAL, ticket: { number: TICKET.number, deadline: 2 ** 32 } },
    { credential: CREDENTIAL, ticket: { number: TICKET.number, deadline: 1.5 } },
    { credential: CREDENTIAL, ticket: { number: TICKET.number, deadline: -1 } },
    { credential: CREDENTIAL, ticket: { number: new Uint8Array(8), deadline: 0 } },
  ] satisfies CardFile[]) {
    t.throws(() => encodeCardFile(bad), { code: 'call.card-file' })
  }
})

t.test('a ticket comes and goes without moving a byte of the credential', async (t) => {
  const without = encodeCardFile({ credential: CREDENTIAL })
  const pending = encodeCardFile({ credential: CREDENTIAL, ticket: TICKET })
  t.equal(without.length, pending.length)
  t.same(without.subarray(0, -12), pending.subarray(0, -12))
  t.match(decodeCardFile(pending), { ticket: TICKET })
  t.equal((decodeCardFile(without) as { ticket?: unknown }).ticket, undefined)
})

t.test('the factory file is blank; zero NLEN over bytes is a write that never ended', async (t) => {
  t.same(decodeCardFile(new Uint8Array(NDEF_FILE_BYTES)), { kind: 'blank' })
  const file = encodeCardFile({ credential: CREDENTIAL })
  file[1] = 0
  t.same(decodeCardFile(file), { kind: 'torn' })
})

t.test("another issuer's message is foreign, whole, broken or oversized", async (t) => {
  const other = encodeNdef([uriRecord('https://transit.example/')])
  const whole = concat(Uint8Array.of(0, other.length), other)
  t.same(decodeCardFile(whole), { kind: 'foreign' })
  t.same(decodeCardFile(fromHex('0003d10000')), { kind: 'foreign' })
  t.same(decodeCardFile(concat(fromHex('ffff'), new Uint8Array(254))), { kind: 'foreign' })
})

t.test(
  'our record in a message that is not laid out as ours is torn, never verified',
  async (t) => {
    const none = new Uint8Array(0)
    const ours = {
      tnf: Tnf.external,
      type: fromText('pop:cwt'),
      id: none,
      payload: CREDENTIAL.slice(0, 60),
    }
    const ticket = { tnf: Tnf.unknown, type: none, id: none, payload: new Uint8Array(12) }
    const uri = uriRecord('https://id.example/')
    for (const records of [
      [ours],
      [ours, { ...ticket, payload: new Uint8Array(11) }],
      [ours, ours],
      [ticket, ours],
      [ticket, ours, ticket],
      [uri, uri, ours],
      [uri, ours, ticket, ticket],
      [{ ...ours, payload: none }, ticket],
      [{ ...ours, payload: new Uint8Array(161) }, ticket],
    ]) {
      const message = encodeNdef(records)
      t.same(decodeCardFile(concat(Uint8Array.of(0, message.length), message)), { kind: 'torn' })
    }
  },
)

t.test('a file cut at any byte is torn', async (t) => {
  const file = encodeCardFile({ uri: LONGEST_URI, credential: CREDENTIAL, ticket: TICKET })
  for (let cut = 0; cut < file.length; cut++) {
    t.equal(decodeCardFile(file.subarray(0, cut)).kind, 'torn', `${cut} bytes`)
  }
  t.equal(decodeCardFile(file).kind, 'personhood')
})

const anyFile = fc.record({
  uri: fc.option(
    fc.stringMatching(/^[a-z0-9/.?=]{0,50}$/).map((path) => `https://${path}`),
    { nil: undefined },
  ),
  credential: fc.uint8Array({ minLength: 1, maxLength: MAX_CREDENTIAL_BYTES }),
  ticket: fc.option(
    fc.record({
      number: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      deadline: fc.integer({ min: 1, max: 0xff_ff_ff_ff }),
    }),
    { nil: undefined },
  ),
})

t.test('any file reads back as written, whatever lies behind it', async (t) => {
  fc.assert(
    fc.property(anyFile, fc.uint8Array({ maxLength: 40 }), (file, behind) => {
      t.same(decodeCardFile(concat(encodeCardFile(file), behind)), { kind: 'personhood', ...file })
    }),
    { numRuns: 200 },
  )
})

t.test('noise never reads as ours', async () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: NDEF_FILE_BYTES }),
      (noise) => decodeCardFile(noise).kind !== 'personhood',
    ),
    { numRuns: 2000 },
  )
})

t.test('the guarded file and its redo record are filled without gap or overlap', async (t) => {
  for (const [table, bytes] of [
    [GuardedFile, GuardedFile.bytes],
    [RedoRecord, GuardedFile.redo.length],
  ] as const) {
    let at = 0
    for (const field of Object.values(table)) {
      if (typeof field === 'number') continue
      t.equal(field.offset, at)
      at += field.length
    }
    t.equal(at, bytes)
  }
})

t.test(
  'a length spoilt before our records is a write cut short, before others a foreign file',
  async (t) => {
    const file = encodeCardFile({ credential: CREDENTIAL, ticket: TICKET })
    const theirs = concat(Uint8Array.of(0, 9), encodeNdef([uriRecord('https://a.b/')]))
    for (const [high, low] of [
      [0xa5, 0xae],
      [0, 0x14],
      [0, 0xff],
    ] as const) {
      const spoilt = (bytes: Uint8Array) => concat(Uint8Array.of(high, low), bytes.subarray(2))
      t.same(decodeCardFile(spoilt(file)), { kind: 'torn' }, `${high} ${low}`)
      t.not(decodeCardFile(spoilt(theirs)).kind, 'personhood')
    }
    t.same(decodeCardFile(concat(Uint8Array.of(0xa5, 9), theirs.subarray(2))), { kind: 'foreign' })
  },
)
