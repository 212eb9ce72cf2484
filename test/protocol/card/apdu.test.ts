import fc from 'fast-check'
import t from 'tap'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  decodeCommand,
  decodeResponse,
  encodeCommand,
  encodeResponse,
  Sw,
  swText,
} from '../../../protocol/card/apdu.ts'

t.test('the four short cases, byte by byte', async (t) => {
  const head = { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x0c }
  for (const [command, hex] of [
    [head, '00a4040c'],
    [{ ...head, le: 256 }, '00a4040c' + '00'],
    [{ ...head, data: fromHex('e104') }, '00a4040c' + '02' + 'e104'],
    [{ ...head, data: fromHex('e104'), le: 16 }, '00a4040c' + '02' + 'e104' + '10'],
  ] as const) {
    t.equal(toHex(encodeCommand(command)), hex)
    t.same(decodeCommand(fromHex(hex)), command)
  }
})

t.test('what a short APDU cannot say is refused', async (t) => {
  const head = { cla: 0, ins: 0, p1: 0, p2: 0 }
  for (const more of [{ data: new Uint8Array(256) }, { le: 257 }, { le: 0 }]) {
    t.throws(() => encodeCommand({ ...head, ...more }), { code: 'call.apdu' })
  }
  for (const hex of ['', '00a404', '00a4040c0001', '00a4040c02e1', '00a4040c01e10000']) {
    t.equal(decodeCommand(fromHex(hex)), undefined, hex)
  }
  t.throws(() => decodeResponse(fromHex('90')), { code: 'bytes.apdu' })
})

t.test('any command and response read back as written', async (t) => {
  const byte = fc.nat(255)
  fc.assert(
    fc.property(
      fc.record(
        {
          cla: byte,
          ins: byte,
          p1: byte,
          p2: byte,
          data: fc.uint8Array({ minLength: 1, maxLength: 255 }),
          le: fc.integer({ min: 1, max: 256 }),
        },
        { requiredKeys: ['cla', 'ins', 'p1', 'p2'] },
      ),
      fc.uint8Array({ maxLength: 256 }),
      (command, data) => {
        t.same(decodeCommand(encodeCommand(command)), command)
        t.same(decodeResponse(encodeResponse({ data, sw: 0x6a_82 })), { data, sw: 0x6a_82 })
      },
    ),
    { numRuns: 200 },
  )
})

t.test('a status word is told in words and hex', async (t) => {
  t.equal(swText(Sw.notFound), 'file or application not found (6A82)')
  t.equal(swText(0x0a), 'refused by the card (000A)')
})
