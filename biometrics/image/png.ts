import { convertIndexedToRgb, type DecodedPng, decode, encode } from 'fast-png'
import { concat } from '../../protocol/bytes.ts'
import type { GreyImage } from '../../protocol/image.ts'
import { checkSize, greyOfSamples, imageError } from './grey.ts'

/** PNG signature (PNG §5.2). */
const SIGNATURE_BYTES = 8
/** IHDR with its length, type and checksum (PNG §11.2.1). */
const HEADER_BYTES = 25
/** Length, type and checksum around a chunk's data (PNG §5.3). */
const CHUNK_FRAME_BYTES = 12
/** The chunks that make the picture; the rest (profiles, texts) is dropped unread. */
const PICTURE_CHUNKS: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND'])

/** The grey image in a PNG file; alpha is ignored, 16-bit samples keep their high byte. */
export function decodePng(bytes: Uint8Array): GreyImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < SIGNATURE_BYTES + HEADER_BYTES) throw imageError('PNG', 'cut short')
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  checkSize('PNG', width, height)
  const picture = pictureChunks(bytes, view)
  // Stored deflate adds 5 bytes per 64 KiB, so more than this cannot be an honest image of the size.
  const limitBytes = 9 * width * height + height + 65_536
  if (picture.length > limitBytes) {
    throw imageError('PNG', `${picture.length} bytes for ${width}x${height} pixels`)
  }
  let png: DecodedPng
  try {
    png = decode(picture, { checkCrc: true })
  } catch (cause) {
    throw imageError('PNG', `cannot be decoded (${messageOf(cause)})`, cause)
  }
  return greyOfPng(png)
}

/** A grey 8-bit PNG file of an image, for the page. */
export function encodePng(image: GreyImage): Uint8Array {
  const { width, height, pixels } = image
  return encode({ width, height, data: pixels, channels: 1, depth: 8 }, { zlib: { level: 3 } })
}

function pictureChunks(bytes: Uint8Array, view: DataView): Uint8Array {
  const kept = [bytes.subarray(0, SIGNATURE_BYTES)]
  let offset = SIGNATURE_BYTES
  while (offset + CHUNK_FRAME_BYTES <= bytes.length) {
    const end = offset + CHUNK_FRAME_BYTES + view.getUint32(offset)
    if (end > bytes.length) break
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8))
    if (PICTURE_CHUNKS.has(type)) kept.push(bytes.subarray(offset, end))
    if (type === 'IEND') return concat(...kept)
    offset = end
  }
  throw imageError('PNG', `cut short after ${bytes.length} bytes, before its end chunk`)
}

function greyOfPng(png: DecodedPng): GreyImage {
  const { width, height, depth } = png
  if (png.palette) {
    const rgb = convertIndexedToRgb(png)
    return greyOfSamples(width, height, rgb, Math.round(rgb.length / (width * height)))
  }
  if (depth === 16) {
    const high = Uint8Array.from(png.data, (sample) => sample >>> 8)
    return greyOfSamples(width, height, high, png.channels)
  }
  if (depth === 8) return greyOfSamples(width, height, png.data, png.channels)
  return unpackGrey(png)
}

/** Grey of 1, 2 or 4 bits lies packed, each row beginning on a byte (PNG §7.2). */
function unpackGrey({ width, height, depth, data }: DecodedPng): GreyImage {
  const rowBytes = Math.ceil((width * depth) / 8)
  const most = 2 ** depth - 1
  const pixels = new Uint8Array(width * height)
  for (let i = 0; i < pixels.length; i++) {
    const bit = (i % width) * depth
    const byte = data[Math.floor(i / width) * rowBytes + (bit >> 3)] ?? 0
    const sample = (byte >> (8 - depth - (bit & 7))) & most
    pixels[i] = (sample * 255) / most
  }
  return { width, height, pixels }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown reason'
}
