import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { crc32 } from '../../protocol/crc32.ts'

t.test('the check value of the CRC catalogue, and the empty one', async (t) => {
  t.equal(crc32(fromText('123456789')), 0xcb_f4_39_26)
  t.equal(crc32(new Uint8Array(0)), 0)
})

t.test('any single bit wrong is seen', async (t) => {
  const bytes = fromText('illumination')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const wrong = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    t.not(crc32(wrong), crc32(bytes))
  }
})
