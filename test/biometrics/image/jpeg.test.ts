import t from 'tap'
import { decodeJpeg } from '../../../biometrics/image/jpeg.ts'

const segment = (marker: number, ...bytes: number[]): number[] => [
  ...[0xff, marker, 0, bytes.length + 2],
  ...bytes,
]

/**
 * An 8x8 file of four components (ITU-T T.81), each one block of one level: 128 + `dc` * 16 / 8. As
 * Adobe's programs write them, 255 is no ink.
 */
function fourInks(dc: -64 | 0 | 64, app14: readonly number[] = ADOBE): Uint8Array {
  const components = [1, 2, 3, 4]
  // Differences of no bits or of seven, and nothing but the end of a block.
  const dcTable = [0, 0, 2, ...Array.from({ length: 14 }, () => 0), 0, 7]
  const acTable = [0x10, 0, 1, ...Array.from({ length: 14 }, () => 0), 0]
  const difference = dc === 0 ? '00' : `01${(dc < 0 ? dc + 127 : dc).toString(2).padStart(7, '0')}`
  const bits = `${difference}00`.repeat(4)
  const padded = bits.padEnd(8 * Math.ceil(bits.length / 8), '1')
  const data = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  return Uint8Array.from([
    ...[0xff, 0xd8],
    ...app14,
    ...segment(0xdb, 0, ...Array.from({ length: 64 }, () => 16)),
    ...segment(0xc0, 8, 0, 8, 0, 8, 4, ...components.flatMap((id) => [id, 0x11, 0])),
    ...segment(0xc4, ...dcTable),
    ...segment(0xc4, ...acTable),
    ...segment(0xda, 4, ...components.flatMap((id) => [id, 0]), 0, 63, 0),
    ...data.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte])),
    ...[0xff, 0xd9],
  ])
}

const ADOBE = segment(0xee, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0)

t.test('a file of four inks is as bright as its paper shows', async (t) => {
  const white = decodeJpeg(fourInks(64))
  t.same([white.width, white.height], [8, 8])
  t.ok(Math.min(...white.pixels) > 250, `${white.pixels[0]}`)
  t.ok(Math.max(...decodeJpeg(fourInks(-64)).pixels) < 5)
  // Half of each ink and half black besides.
  const half = decodeJpeg(fourInks(0)).pixels[0] ?? 0
  t.ok(half > 55 && half < 75, `${half}`)
})

t.test('four components of unknown meaning are refused', async (t) => {
  t.throws(() => decodeJpeg(fourInks(0, [])), { code: 'bytes.image', message: /4 components/ })
})

t.test('a file cut at any byte is refused', async (t) => {
  const whole = fourInks(64)
  for (let end = 0; end < whole.length; end++) {
    t.throws(() => decodeJpeg(whole.subarray(0, end)), { code: 'bytes.image' }, `${end}`)
  }
})
