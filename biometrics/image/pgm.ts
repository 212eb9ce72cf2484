import type { GreyImage } from '../../protocol/image.ts'
import { checkSize, imageError } from './grey.ts'

/** Longest header read, comments included, bytes. */
const MAX_HEADER_BYTES = 4096

/** The grey image in a PGM file, plain (P2) or raw (P5), up to 65,535 levels. */
export function decodePgm(bytes: Uint8Array): GreyImage {
  const isPlain = bytes[1] === 0x32
  const scan: Scan = { bytes, offset: 2, end: Math.min(bytes.length, MAX_HEADER_BYTES) }
  const width = nextNumber(scan)
  const height = nextNumber(scan)
  const most = nextNumber(scan)
  checkSize('PGM', width, height)
  if (most < 1 || most > 65_535) throw imageError('PGM', `${most} grey levels`)
  const count = width * height
  const samples = isPlain ? plainSamples(scan, count) : rawSamples(scan, count, most)
  const pixels = samples.map((sample) => (Math.min(sample, most) * 255) / most)
  return { width, height, pixels: Uint8Array.from(pixels) }
}

type Scan = { readonly bytes: Uint8Array; offset: number; end: number }

function plainSamples(scan: Scan, count: number): Uint16Array {
  scan.end = scan.bytes.length
  const samples = new Uint16Array(count)
  for (let i = 0; i < count; i++) samples[i] = Math.min(nextNumber(scan), 65_535)
  return samples
}

function rawSamples(scan: Scan, count: number, most: number): Uint16Array {
  const { bytes } = scan
  const width = most > 255 ? 2 : 1
  // Exactly one white space lies between header and samples.
  const start = scan.offset + 1
  if (bytes.length < start + width * count) {
    throw imageError('PGM', `cut short: ${bytes.length} of ${start + width * count} bytes`)
  }
  return Uint16Array.from({ length: count }, (_, i) => {
    const high = bytes[start + width * i] ?? 0
    return width === 1 ? high : (high << 8) | (bytes[start + 2 * i + 1] ?? 0)
  })
}

/** The next unsigned number after white space and `#` comments. */
function nextNumber(scan: Scan): number {
  const { bytes } = scan
  skipBlank(scan)
  let value = 0
  let digits = 0
  while (scan.offset < scan.end && digits <= 8) {
    const digit = (bytes[scan.offset] ?? 0) - 0x30
    if (digit < 0 || digit > 9) break
    value = 10 * value + digit
    digits++
    scan.offset++
  }
  if (digits === 0 || digits > 8) {
    throw imageError('PGM', `cut short or not a number at byte ${scan.offset}`)
  }
  return value
}

function skipBlank(scan: Scan): void {
  let isComment = false
  for (; scan.offset < scan.end; scan.offset++) {
    const byte = scan.bytes[scan.offset] ?? 0
    if (byte === 0x23) isComment = true
    if (byte === 0x0a || byte === 0x0d) isComment = false
    if (!isComment && byte > 0x20) return
  }
}
