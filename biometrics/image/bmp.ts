import type { GreyImage } from '../../protocol/image.ts'
import { checkSize, imageError, luma } from './grey.ts'

/** File header and the shortest information header read, bytes. */
const FILE_HEADER_BYTES = 14
const INFO_HEADER_BYTES = 40

type BmpHeader = {
  readonly width: number
  readonly height: number
  readonly isTopDown: boolean
  readonly bitsAPixel: number
  readonly pixelOffset: number
  readonly palette: Uint8Array
}

/** The grey image in an uncompressed Windows bitmap of 8 (palette), 24 or 32 bits a pixel. */
export function decodeBmp(bytes: Uint8Array): GreyImage {
  const header = readHeader(bytes)
  const { width, height, bitsAPixel, pixelOffset, palette } = header
  const strideBytes = Math.ceil((bitsAPixel * width) / 32) * 4
  const needed = pixelOffset + strideBytes * height
  if (bytes.length < needed) {
    throw imageError('BMP', `cut short: ${bytes.length} of ${needed} bytes`)
  }
  const step = bitsAPixel / 8
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const row = pixelOffset + (header.isTopDown ? y : height - 1 - y) * strideBytes
    for (let x = 0; x < width; x++) {
      const at = row + x * step
      const first = bytes[at] ?? 0
      pixels[y * width + x] =
        step === 1 ? (palette[first] ?? 0) : luma(bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, first)
    }
  }
  return { width, height, pixels }
}

function readHeader(bytes: Uint8Array): BmpHeader {
  if (bytes.length < FILE_HEADER_BYTES + INFO_HEADER_BYTES) {
    throw imageError('BMP', `cut short: ${bytes.length} bytes are no header`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const infoBytes = view.getUint32(14, true)
  const rawHeight = view.getInt32(22, true)
  const bitsAPixel = view.getUint16(28, true)
  const compression = view.getUint32(30, true)
  if (infoBytes < INFO_HEADER_BYTES) throw imageError('BMP', `header of ${infoBytes} bytes`)
  // 3 is BI_BITFIELDS, which common writers use for plain BGRA.
  if (compression !== 0 && !(compression === 3 && bitsAPixel === 32)) {
    throw imageError('BMP', `compression ${compression} is not read`)
  }
  if (![8, 24, 32].includes(bitsAPixel)) {
    throw imageError('BMP', `${bitsAPixel} bits a pixel are not read, only 8, 24 and 32`)
  }
  const width = view.getInt32(18, true)
  const height = Math.abs(rawHeight)
  checkSize('BMP', width, height)
  const paletteOffset = FILE_HEADER_BYTES + infoBytes
  return {
    width,
    height,
    isTopDown: rawHeight < 0,
    bitsAPixel,
    pixelOffset: view.getUint32(10, true),
    palette: bitsAPixel === 8 ? readPalette(bytes, view, paletteOffset) : new Uint8Array(0),
  }
}

/** Brightness of each palette entry (blue, green, red, reserved). */
function readPalette(bytes: Uint8Array, view: DataView, offset: number): Uint8Array {
  const entries = view.getUint32(46, true) || 256
  if (entries > 256 || offset + 4 * entries > bytes.length) {
    throw imageError('BMP', `cut short in its palette of ${entries} colours`)
  }
  return Uint8Array.from({ length: entries }, (_, i) => {
    const at = offset + 4 * i
    return luma(bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, bytes[at] ?? 0)
  })
}
