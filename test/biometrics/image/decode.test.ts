import fc from 'fast-check'
import { encode as encodeRawPng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'
import t, { type Test } from 'tap'
import { decodeImage } from '../../../biometrics/image/decode.ts'
import { encodePng } from '../../../biometrics/image/png.ts'
import { concat, fromText } from '../../../protocol/bytes.ts'
import type { GreyImage } from '../../../protocol/image.ts'

/** 5x3 pixels, so that rows of no format end on a whole word by themselves. */
const GREYS = [0, 50, 100, 150, 255, 10, 60, 110, 160, 210, 20, 70, 120, 170, 220]
const IMAGE: GreyImage = { width: 5, height: 3, pixels: Uint8Array.from(GREYS) }

function le(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 0xff)
}

/** A bitmap field by field; `rows` come as they lie in the file. */
function bmp(bits: number, height: number, rows: readonly (readonly number[])[]): Uint8Array {
  const palette =
    bits === 8
      ? Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 0 : 255 - (i >> 2)))
      : []
  const stride = Math.ceil((bits * 5) / 32) * 4
  const offset = 54 + palette.length
  return concat(
    fromText('BM'),
    le(offset + stride * rows.length, 4),
    le(0, 4),
    le(offset, 4),
    le(40, 4), // BITMAPINFOHEADER
    le(5, 4), // width
    le(height, 4), // negative: top row first
    le(1, 2),
    le(bits, 2),
    le(0, 4), // BI_RGB
    le(0, 16),
    le(0, 4), // 256 palette entries where there is a palette
    Uint8Array.from(palette),
    ...rows.map((row) => Uint8Array.from({ length: stride }, (_, i) => row[i] ?? 0)),
  )
}

const rowsOf = (values: readonly number[]) => [
  values.slice(0, 5),
  values.slice(5, 10),
  values.slice(10),
]
const bottomUp = rowsOf(GREYS).toReversed()

const FILES: Readonly<Record<string, Uint8Array>> = {
  'PNG, 8 bits': encodePng(IMAGE),
  'PNG, 16 bits': encodeRawPng({
    width: 5,
    height: 3,
    channels: 1,
    depth: 16,
    data: Uint16Array.from(GREYS, (grey) => grey * 257),
  }),
  'PNG, grey as RGB': encodeRawPng({
    width: 5,
    height: 3,
    channels: 3,
    data: Uint8Array.from(GREYS.flatMap((grey) => [grey, grey, grey])),
  }),
  'PNG, RGBA': encodeRawPng({
    width: 5,
    height: 3,
    channels: 4,
    data: Uint8Array.from(GREYS.flatMap((grey) => [grey, grey, grey, 7])),
  }),
  'BMP, palette': bmp(
    8,
    3,
    bottomUp.map((row) => row.map((grey) => 255 - grey)),
  ),
  'BMP, 24 bits': bmp(
    24,
    3,
    bottomUp.map((row) => row.flatMap((grey) => [grey, grey, grey])),
  ),
  'BMP, 32 bits, top down': bmp(
    32,
    -3,
    rowsOf(GREYS).map((row) => row.flatMap((grey) => [grey, grey, grey, 0])),
  ),
  'PGM, raw': concat(fromText('P5\n# a comment\n5 3\n255\n'), Uint8Array.from(GREYS)),
  'PGM, raw of 16 bits': concat(
    fromText('P5 5 3 65535\n'),
    Uint8Array.from(GREYS.flatMap((grey) => [grey, grey])),
  ),
  'PGM, plain': fromText(`P2 5 3 # sizes\n255\n${GREYS.join(' ')}\n`),
}

for (const [name, file] of Object.entries(FILES)) {
  t.test(`${name}: the pixels come out as they went in`, async (t) => {
    const { width, height, pixels } = decodeImage(file)
    t.same([width, height, [...pixels]], [5, 3, GREYS])
  })

  t.test(`${name}: cut short anywhere it is refused with a sentence`, async (t) => {
    for (let length = 0; length < file.length - 1; length++) {
      // The last bytes of plain PGM are digits of the last number and its line end.
      if (name === 'PGM, plain' && length >= file.length - 3) break
      refuses(t, file.subarray(0, length))
    }
  })
}

function refuses(t: Test, bytes: Uint8Array): void {
  try {
    decodeImage(bytes)
    t.fail(`accepted ${bytes.length} bytes`)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code !== 'bytes.image' || !/image: .+; nothing was read/.test(message)) {
      t.fail(`${bytes.length} bytes: ${code} ${message}`)
    }
  }
}

const JPEG_GREYS = Uint8Array.from({ length: 64 * 48 }, (_, i) => 60 + (i % 64) * 2)

function jpeg(): Uint8Array {
  const data = Uint8Array.from([...JPEG_GREYS].flatMap((grey) => [grey, grey, grey, 255]))
  return Uint8Array.from(encodeJpeg({ width: 64, height: 48, data }, 90).data)
}

t.test('JPEG: the pixels come out nearly as they went in', async (t) => {
  const { width, height, pixels } = decodeImage(jpeg())
  t.same([width, height], [64, 48])
  const misses = pixels.map((grey, i) => Math.abs(grey - (JPEG_GREYS[i] ?? 0)))
  t.ok(Math.max(...misses) < 8)
})

t.test('JPEG: cut short anywhere it is refused', async (t) => {
  const file = jpeg()
  for (let length = 0; length < file.length; length += 1) refuses(t, file.subarray(0, length))
})

t.test('colour becomes brightness', async (t) => {
  const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255)
  const { pixels } = decodeImage(encodeRawPng({ width: 3, height: 1, channels: 3, data }))
  t.same([...pixels], [76, 149, 28])
})

t.test('PNG with a palette and PNG of one bit are read', async (t) => {
  const packed = encodeRawPng({
    width: 5,
    height: 2,
    channels: 1,
    depth: 1,
    data: Uint8Array.of(0b1010_0000, 0b0101_1000),
  })
  t.same([...decodeImage(packed).pixels], [255, 0, 255, 0, 0, 0, 255, 0, 255, 255])
})

t.test('an image of absurd size is refused before anything is allocated', async (t) => {
  const png = encodePng(IMAGE).slice()
  png.set([0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], 16)
  refuses(t, png)
  refuses(t, fromText('P5 99999 99999 255\n'))
  refuses(t, fromText('P5 0 3 255\n'))
  const bitmap = bmp(8, 3, []).slice()
  bitmap.set(le(0x7f_ff_ff_ff, 4), 18)
  refuses(t, bitmap)
})

t.test('what is no image is told so', async (t) => {
  for (const bytes of [new Uint8Array(0), fromText('hello'), Uint8Array.of(0x42)]) refuses(t, bytes)
  const compressed = bmp(8, 3, []).slice()
  compressed[30] = 1
  refuses(t, compressed)
})

t.test('a checksum of a PNG that does not fit is told', async (t) => {
  const png = encodePng(IMAGE).slice()
  png[png.length - 16] = (png[png.length - 16] ?? 0) ^ 0x10
  refuses(t, png)
})

t.test('noise behind the first bytes of any format is an image or a clear refusal', async () => {
  const heads = [
    ...Object.values(FILES).map((file) => file.subarray(0, 60)),
    jpeg().subarray(0, 180),
    fromText('P5 2 2 255\n'),
    fromText('P2 2 2 255\n'),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...heads),
      fc.nat(60),
      fc.uint8Array({ maxLength: 400 }),
      (head, keep, tail) => {
        try {
          const { width, height, pixels } = decodeImage(concat(head.subarray(0, 2 + keep), tail))
          return pixels.length === width * height
        } catch (error) {
          return (error as { code?: string }).code === 'bytes.image'
        }
      },
    ),
    { numRuns: 400 },
  )
})
