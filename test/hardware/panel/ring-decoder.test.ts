import t from 'tap'
import { createRingDecoder } from '../../../hardware/panel/ring-decoder.ts'
import { fromHex } from '../../../protocol/bytes.ts'

function feed(decoder: ReturnType<typeof createRingDecoder>, hex: string): void {
  for (const byte of fromHex(hex)) {
    for (let bit = 0x80; bit > 0; bit >>= 1) decoder.clock((byte & bit) !== 0)
  }
}

const ZEROS = '00000000'

t.test('lamps take their colour over at the end frame, not before', async (t) => {
  const ring = createRingDecoder()
  feed(ring, `${ZEROS}e8010203ff000000`)
  t.same(ring.picture, [])
  feed(ring, ZEROS)
  t.same(ring.picture, [
    { brightness: 8, blue: 1, green: 2, red: 3 },
    { brightness: 31, blue: 0, green: 0, red: 0 },
  ])
})

t.test('a picture follows another, with any number of zeros between', async (t) => {
  const ring = createRingDecoder()
  feed(ring, `${ZEROS}e8010203${ZEROS}0000`)
  feed(ring, `${ZEROS}e8040506${ZEROS}`)
  t.same(ring.picture, [{ brightness: 8, blue: 4, green: 5, red: 6 }])
})

t.test('what is not led in by 32 zeros is no picture', async (t) => {
  const ring = createRingDecoder()
  feed(ring, `000000e8010203${ZEROS}`)
  t.same(ring.picture, [])
})
