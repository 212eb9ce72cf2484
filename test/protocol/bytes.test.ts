import t from 'tap'
import { concat, equalBytes, fromHex, fromText, toHex, toText } from '../../protocol/bytes.ts'
import { hasCode } from '../../protocol/errors.ts'

t.test('hex goes both ways and refuses what is not hex', async (t) => {
  t.equal(toHex(fromHex('00ff10')), '00ff10')
  for (const bad of ['0', 'zz', '0x10', '00 11']) {
    t.throws(() => fromHex(bad), { code: 'bytes.hex' })
  }
})

t.test('text that is not UTF-8 is refused, not replaced', async (t) => {
  t.equal(toText(fromText('بلدیہ')), 'بلدیہ')
  try {
    toText(Uint8Array.of(0xc3, 0x28))
    t.fail('accepted')
  } catch (error) {
    t.ok(hasCode(error, 'bytes'))
  }
})

t.test('bytes are joined and compared', async (t) => {
  t.same(concat(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3))
  t.ok(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)))
  t.notOk(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)))
  t.notOk(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)))
})
