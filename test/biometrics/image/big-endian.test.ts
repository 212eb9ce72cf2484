import t from 'tap'
import { Reader, Writer } from '../../../biometrics/image/big-endian.ts'

t.test('numbers are read as they were written, most significant byte first', async (t) => {
  const { bytes } = new Writer().u8(1).u16(0x02_03).u32(0xff_05_06_07)
  t.same([...bytes], [1, 2, 3, 0xff, 5, 6, 7])
  const reader = new Reader('test', bytes)
  t.same([reader.u8(), reader.u16(), reader.u32(), reader.offset], [1, 0x02_03, 0xff_05_06_07, 7])
})

t.test('past the end nothing is read', async (t) => {
  for (const read of ['u8', 'u16', 'u32'] as const) {
    const reader = new Reader('test', Uint8Array.of(1, 2, 3), 3)
    t.throws(() => reader[read](), { code: 'bytes.image' })
    t.equal(reader.offset, 3)
  }
  t.throws(() => new Reader('test', Uint8Array.of(1, 2, 3)).u32(), { code: 'bytes.image' })
})

t.test('what does not fit into its field is not written', async (t) => {
  for (const value of [-1, 256, 1.5, Number.NaN]) {
    t.throws(() => new Writer().u8(value), { code: 'call.field' })
  }
  t.throws(() => new Writer().u16(65_536), { code: 'call.field' })
  t.throws(() => new Writer().u32(2 ** 32), { code: 'call.field' })
})
