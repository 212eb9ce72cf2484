import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { equalBytes } from '../../protocol/bytes.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  IRIS_PLANE_WORDS,
  IRIS_TEMPLATE_BYTES,
  IrisTemplate,
} from '../../protocol/iris-template.ts'
import { randomTemplate } from '../kit/iris-codes.ts'

const emptyPlane = () => new Uint32Array(IRIS_PLANE_WORDS)

t.test(
  'the record lies as documented: re, im, half mask, one little-endian word a column',
  async (t) => {
    const [re, im, mask] = [emptyPlane(), emptyPlane(), emptyPlane()]
    re[0] = 1 // column 0, coarse row 0
    im[2] = 0x80_00_00_00 // column 2, fine row 15
    mask.set([0x00_00_00_01, 0, 0x80_00_80_00])
    const bytes = encodeIrisTemplate(new IrisTemplate({ re, im, mask }))
    t.equal(bytes.length, 3072)
    const set = [...bytes.entries()].filter(([, byte]) => byte !== 0)
    t.same(set, [
      [0, 0x01], // re plane, column 0
      [1024 + 4 * 2 + 3, 0x80], // im plane, column 2, highest byte
      [2048, 0x01],
      [2048 + 4 * 2 + 1, 0x80],
      [2048 + 4 * 2 + 3, 0x80],
    ])
  },
)

t.test('a template goes both ways, wherever its bytes lie', async (t) => {
  const bytes = encodeIrisTemplate(randomTemplate(7))
  const inside = new Uint8Array(IRIS_TEMPLATE_BYTES + 1)
  inside.set(bytes, 1)
  t.ok(equalBytes(encodeIrisTemplate(decodeIrisTemplate(inside.subarray(1))), bytes))
})

t.test('usable positions are counted from the mask', async (t) => {
  const mask = emptyPlane()
  mask.set([0xff_ff_ff_ff, 0b101])
  t.equal(randomTemplate(3, mask).usablePositions, 34)
  t.equal(randomTemplate(3).usablePositions, 8192)
})

t.test('a record of any other length is refused', async (t) => {
  const bytes = encodeIrisTemplate(randomTemplate(5))
  for (const length of [0, 1, 1024, 3071]) {
    t.throws(() => decodeIrisTemplate(bytes.subarray(0, length)), { code: 'bytes.iris-template' })
  }
  t.throws(() => decodeIrisTemplate(new Uint8Array(3073)), { code: 'bytes.iris-template' })
})

t.test(
  'code bits under a zero mask are refused in a record and cleared in a template',
  async (t) => {
    const bytes = encodeIrisTemplate(randomTemplate(5, emptyPlane()))
    t.ok(
      bytes.every((byte) => byte === 0),
      'nothing of an unusable code is stored',
    )
    bytes[1030] = 4
    t.throws(() => decodeIrisTemplate(bytes), { code: 'bytes.iris-template', message: /column 1 / })
  },
)

t.test('noise is a template or a clear refusal, never anything else', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3200 }), (bytes) => {
      try {
        return equalBytes(encodeIrisTemplate(decodeIrisTemplate(bytes)), bytes)
      } catch (error) {
        return (error as { code: string }).code === 'bytes.iris-template'
      }
    }),
  )
})

t.test('planes of a wrong size are a fault of the caller', async (t) => {
  const short = new Uint32Array(255)
  t.throws(() => new IrisTemplate({ re: emptyPlane(), im: emptyPlane(), mask: short }), {
    code: 'call.iris-template',
  })
})

t.test('a template never prints itself', async (t) => {
  const template = randomTemplate(11)
  t.equal(JSON.stringify({ template }), '{"template":"[biometric]"}')
  t.equal(`${template}`, '[biometric]')
  t.notMatch(inspect(template, { showHidden: true, depth: 9 }), /Uint32Array|re:/)
  t.same(Object.keys(template), ['usablePositions'])
})
