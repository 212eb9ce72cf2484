import fc from 'fast-check'
import t from 'tap'
import { concat, fromText, toHex } from '../../protocol/bytes.ts'
import { type Mail, type MailbagEnd, readMailbag, writeMailbag } from '../../protocol/mailbag.ts'

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.slice(from, from + length)
}

async function read(
  bytes: Uint8Array,
  length = 7,
): Promise<MailbagEnd & { readonly mail: readonly Mail[] }> {
  const mail: Mail[] = []
  const incoming = readMailbag(inPieces(bytes, length))
  for (;;) {
    const next = await incoming.next()
    if (next.done === true) return { ...next.value, mail }
    mail.push(next.value)
  }
}

function bagOf(mail: readonly Mail[]): Uint8Array {
  const bag = writeMailbag()
  return concat(bag.head, ...mail.map((piece) => bag.piece(piece)), bag.end())
}

const MAIL: readonly Mail[] = [
  { kind: 'letter', bytes: Uint8Array.of(0xd2, 0x84) },
  { kind: 'trust', bytes: new Uint8Array(300).fill(5) },
  { kind: 'status', bytes: Uint8Array.of(9) },
]

t.test('a mailbag on the medium, field by field', async (t) => {
  const bytes = bagOf(MAIL.slice(0, 1))
  t.equal(
    toHex(bytes.slice(0, 18 + 7 + 5)),
    [
      toHex(fromText('personhood mail 1\n')),
      '01 00000002 d284', // a letter of two bytes
      '00 00000020', // the end: SHA-256 of all before
    ]
      .join('')
      .replaceAll(' ', ''),
  )
  t.equal(bytes.length, 18 + 7 + 5 + 32)
})

t.test('what is written is read, however it comes', async () => {
  const kinds = fc.constantFrom('letter', 'trust', 'status')
  const pieces = fc.record({ kind: kinds, bytes: fc.uint8Array({ maxLength: 200 }) })
  const property = fc.asyncProperty(
    fc.array(pieces, { maxLength: 8 }),
    fc.integer({ min: 1, max: 300 }),
    async (mail, length) => {
      const found = await read(bagOf(mail as Mail[]), length)
      return found.end === 'whole' && JSON.stringify(found.mail) === JSON.stringify(mail)
    },
  )
  await fc.assert(property, { numRuns: 40 })
})

t.test('cut at any byte, what was whole before is read, and the cut is told', async (t) => {
  const bytes = bagOf(MAIL)
  for (let length = 18; length < bytes.length; length++) {
    const { end, pieces, mail } = await read(bytes.slice(0, length))
    if (end !== 'cut' || pieces !== mail.length) t.fail(`cut at ${length}: ${end}`)
    t.same(mail, MAIL.slice(0, pieces))
  }
  for (let length = 0; length < 18; length++) {
    await t.rejects(read(bytes.slice(0, length)), { code: 'bytes.mailbag' })
  }
})

t.test('no changed bit goes unseen', async (t) => {
  const bytes = bagOf(MAIL)
  for (let bit = 18 * 8; bit < bytes.length * 8; bit += 5) {
    const changed = bytes.slice()
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const { end } = await read(changed)
    if (end === 'whole') t.fail(`bit ${bit}`)
  }
  t.equal((await read(concat(bytes, Uint8Array.of(0)))).end, 'damaged', 'something behind the end')
})

t.test('a length that nobody would write takes no memory', async (t) => {
  const head = writeMailbag().head
  for (const hex of ['01ffffffff', '0100010001', '0200400001', '07000000010', '0000000021']) {
    const { end } = await read(
      concat(head, Uint8Array.from(Buffer.from(hex, 'hex')), MAIL[1]?.bytes ?? head),
    )
    t.equal(end, 'damaged', hex)
  }
  t.throws(() => writeMailbag().piece({ kind: 'letter', bytes: new Uint8Array(65_537) }), {
    code: 'call.mail',
  })
})

t.test('noise is no mailbag', async () => {
  const property = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (noise) => {
    const behindHead = await read(concat(writeMailbag().head, noise))
    return behindHead.end !== 'whole'
  })
  await fc.assert(property, { numRuns: 200 })
})
