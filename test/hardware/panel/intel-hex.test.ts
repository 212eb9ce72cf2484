import t from 'tap'
import { readIntelHex } from '../../../hardware/panel/intel-hex.ts'

const LINE = ':0400100001020304E2' // 4 bytes at 0x10
const END = ':00000001FF'

t.test('records lie where they say, the rest is erased', async (t) => {
  const image = readIntelHex(`${LINE}\r\n${END}\n`, 32)
  t.same([...image.subarray(15, 21)], [0xff, 1, 2, 3, 4, 0xff])
})

t.test('a file that is cut or changed anywhere is refused', async (t) => {
  const wrong = { code: 'bytes.intel-hex' }
  t.throws(() => readIntelHex(`${LINE}\n`, 32), wrong, 'no end')
  t.throws(() => readIntelHex(`${LINE}\n${END}`, 19), wrong, 'outside the memory')
  t.throws(() => readIntelHex(`${LINE.slice(1)}\n${END}`, 32), wrong, 'no mark')
  t.throws(() => readIntelHex(`:020000040000FA\n${END}`, 32), wrong, 'a type we have no use for')
  for (let at = 1; at < LINE.length; at++) {
    const digit = LINE[at] === '0' ? '1' : '0'
    const changed = LINE.slice(0, at) + digit + LINE.slice(at + 1)
    t.throws(() => readIntelHex(`${changed}\n${END}`, 32), `digit ${at}`)
  }
})
