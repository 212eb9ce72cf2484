import type { GreyImage } from '../../protocol/image.ts'
import { decodeBmp } from './bmp.ts'
import { imageError } from './grey.ts'
import { decodeIrisImage } from './iso-19794-6.ts'
import { decodeJpeg } from './jpeg.ts'
import { decodePgm } from './pgm.ts'
import { decodePng } from './png.ts'

/** First bytes of each format and who reads it. */
const FORMATS: readonly (readonly [readonly number[], (bytes: Uint8Array) => GreyImage])[] = [
  [[0x89, 0x50, 0x4e, 0x47], decodePng],
  [[0xff, 0xd8, 0xff], decodeJpeg],
  [[0x42, 0x4d], decodeBmp],
  [[0x50, 0x32], decodePgm],
  [[0x50, 0x35], decodePgm],
  [[0x49, 0x49, 0x52, 0x00], decodeIrisImage],
]

/** What `decodeImage` reads, for people. */
export const IMAGE_FORMATS = 'PNG, JPEG, BMP, PGM or ISO/IEC 19794-6'

/** Whether a file begins as one of those formats does; it may still be broken. */
export function isImageFile(bytes: Uint8Array): boolean {
  return decoderOf(bytes) !== undefined
}

/**
 * The grey image in a PNG, JPEG, BMP (8, 24, 32 bits) or PGM (P2, P5) file, or in an ISO/IEC 19794-6
 * record of one image, told apart by its first bytes; colour becomes brightness. Throws `bytes.image`
 * with a sentence on anything else, broken, cut short or larger than `MAX_IMAGE_PIXELS`.
 */
export function decodeImage(bytes: Uint8Array): GreyImage {
  const decode = decoderOf(bytes)
  if (decode !== undefined) return decode(bytes)
  throw imageError('unknown', `${bytes.length} bytes are not ${IMAGE_FORMATS}`)
}

function decoderOf(bytes: Uint8Array): ((bytes: Uint8Array) => GreyImage) | undefined {
  return FORMATS.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))?.[1]
}
