import fc from 'fast-check'
import t from 'tap'
import { decodeImage } from '../../../biometrics/image/decode.ts'
import {
  decodeIrisImage,
  decodeIrisImageRecord,
  type IrisImage,
} from '../../../biometrics/image/iso-19794-6.ts'
import { encodeIrisImageRecord } from '../../../biometrics/image/iso-19794-6-write.ts'
import { encodePng } from '../../../biometrics/image/png.ts'
import { concat, fromText } from '../../../protocol/bytes.ts'
import { acceptedCuts, isRefused } from '../../kit/parsers.ts'

const PIXELS = [0, 50, 100, 150, 200, 255]
const IMAGE = { width: 3, height: 2, pixels: Uint8Array.from(PIXELS) }

/** Fields of a record of one right eye, by name, in their order. */
const FIELDS: Readonly<Record<string, readonly number[]>> = {
  format: [...fromText('IIR\0')],
  version: [...fromText('020\0')],
  recordLength: [0, 0, 0, 16 + 52 + 5 + 6],
  count: [0, 1],
  certification: [0],
  eyes: [1],
  length: [0, 0, 0, 52 + 5 + 6],
  time: [0x07, 0xea, 11, 23, 7, 33, 59, 0x03, 0xe7],
  technology: [1],
  vendor: [0x12, 0x34],
  device: [0x00, 0x07],
  blocks: [1],
  quality: [88, 0, 9, 0, 4],
  number: [0, 1],
  eye: [1],
  kind: [7],
  payload: [2],
  properties: [0b0100_0101],
  width: [0, 3],
  height: [0, 2],
  depth: [8],
  range: [0x01, 0x2c],
  roll: [0xff, 0xff],
  rollUncertainty: [0xff, 0xff],
  extent: [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6],
  imageLength: [0, 0, 0, 6],
  image: PIXELS,
}

function recordWith(changes: Readonly<Record<string, readonly number[]>> = {}): Uint8Array {
  return Uint8Array.from(Object.values({ ...FIELDS, ...changes }).flat())
}

const FACTS: IrisImage = {
  image: IMAGE,
  kind: 'cropped-and-masked',
  eye: 'right',
  capturedAt: { year: 2026, month: 11, day: 23, hour: 7, minute: 33, second: 59, millisecond: 999 },
  quality: [{ score: 88, vendor: 9, algorithm: 4 }],
  device: { vendor: 0x12_34, type: 7 },
  rangeMm: 300,
  extent: { x: [1, 2], y: [3, 4], diameter: [5, 6] },
}

t.test('a record has its fields where the table says', async (t) => {
  t.same(encodeIrisImageRecord([FACTS]), recordWith())
  t.same(decodeIrisImageRecord(recordWith()), [FACTS])
  t.same(decodeImage(recordWith()), IMAGE)
})

t.test('both eyes, unknown facts and PNG come back as they went in', async (t) => {
  const bare = { image: IMAGE, kind: 'uncropped' } as const
  const left: IrisImage = {
    ...FACTS,
    eye: 'left',
    quality: [{ score: undefined, vendor: 0, algorithm: 0 }],
  }
  for (const payload of ['raw', 'png'] as const) {
    const record = encodeIrisImageRecord([FACTS, left, bare], payload)
    const [first, second, third] = decodeIrisImageRecord(record)
    t.same(first, FACTS)
    t.same(second, left)
    t.match(third, bare)
    t.same(
      [third?.eye, third?.capturedAt, third?.rangeMm, third?.extent],
      [undefined, undefined, undefined, undefined],
    )
    t.equal(record[15], 0, 'an eye that is not known makes their number unknown')
  }
  t.equal(encodeIrisImageRecord([FACTS, left])[15], 2)
})

t.test('any grey image of any size comes back', async () => {
  const image = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
    .chain(([width, height]) =>
      fc
        .uint8Array({ minLength: width * height, maxLength: width * height })
        .map((pixels) => ({ width, height, pixels })),
    )
  fc.assert(
    fc.property(fc.array(image, { minLength: 1, maxLength: 4 }), fc.boolean(), (images, isPng) => {
      const facts = images.map((each) => ({ image: each, kind: 'cropped' as const }))
      const read = decodeIrisImageRecord(encodeIrisImageRecord(facts, isPng ? 'png' : 'raw'))
      return read.every((each, i) => `${each.image.pixels}` === `${images[i]?.pixels}`)
    }),
    { numRuns: 60 },
  )
})

t.test('a mirrored or upside-down image is turned back', async (t) => {
  const turned = (properties: number): number[] => [
    ...decodeIrisImage(recordWith({ properties: [properties] })).pixels,
  ]
  t.same(turned(0b0100_0000), PIXELS)
  t.same(turned(0b0100_0110), [100, 50, 0, 255, 200, 150])
  t.same(turned(0b0100_1001), [150, 200, 255, 0, 50, 100])
  t.same(turned(0b0100_1010), PIXELS.toReversed())
})

t.test('cut at any byte a record is refused', async (t) => {
  for (const payload of ['raw', 'png'] as const) {
    const record = encodeIrisImageRecord([FACTS, { image: IMAGE, kind: 'vga' }], payload)
    t.same(acceptedCuts(record, decodeIrisImageRecord), [])
    t.ok(isRefused(() => decodeIrisImageRecord(concat(record, Uint8Array.of(0)))))
  }
})

t.test('a field out of its range is refused with a sentence', async (t) => {
  const wrong: Readonly<Record<string, readonly number[]>> = {
    format: [...fromText('IIS\0')],
    version: [...fromText('010\0')],
    recordLength: [0, 0, 0, 80],
    count: [0, 2],
    certification: [1],
    eyes: [3],
    length: [0, 0, 0, 52],
    time: [0x07, 0xea, 13, 23, 7, 33, 59, 0, 0],
    technology: [2],
    blocks: [200],
    quality: [101, 0, 9, 0, 4],
    number: [0, 2],
    eye: [3],
    kind: [4],
    payload: [0x0a],
    width: [0, 4],
    height: [0, 0],
    depth: [16],
    imageLength: [0, 0, 0, 5],
  }
  for (const [field, bytes] of Object.entries(wrong)) {
    t.throws(
      () => decodeIrisImageRecord(recordWith({ [field]: bytes })),
      { code: 'bytes.image', message: /^ISO\/IEC 19794-6 image: .+; nothing was read/ },
      field,
    )
  }
  t.throws(() => decodeIrisImageRecord(recordWith({ payload: [0x0a] })), { message: /JPEG 2000/ })
  t.throws(() => decodeIrisImageRecord(recordWith({ count: [0, 0] })), { code: 'bytes.image' })
})

t.test('a PNG of another size than the header says is refused', async (t) => {
  const record = encodeIrisImageRecord([{ image: IMAGE, kind: 'vga' }], 'png')
  const png = encodePng(IMAGE)
  t.same(record.subarray(-png.length), png)
  const widthAt = 16 + 4 + 9 + 5 + 1 + 2 + 4
  const changed = record.with(widthAt + 1, 5)
  t.throws(() => decodeIrisImageRecord(changed), { message: /3x2 where 5x2 is said/ })
})

t.test('of a record of two images none is taken at random', async (t) => {
  const record = encodeIrisImageRecord([FACTS, FACTS])
  t.throws(() => decodeImage(record), { code: 'bytes.image', message: /holds 2 images/ })
})

t.test('noise in any field is an image or a clear refusal', async () => {
  const record = encodeIrisImageRecord([FACTS, { image: IMAGE, kind: 'vga' }], 'png')
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(record.length - 1), fc.nat(255)), { maxLength: 6 }),
      (changes) => {
        const changed = record.slice()
        for (const [at, byte] of changes) changed[at] = byte
        isRefused(() => decodeIrisImageRecord(changed))
      },
    ),
    { numRuns: 500 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      isRefused(() => decodeIrisImageRecord(concat(fromText('IIR\x00020\0'), noise)))
    }),
  )
})
