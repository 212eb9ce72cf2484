import { decode } from 'jpeg-js'
import type { GreyImage } from '../../protocol/image.ts'
import { checkSize, greyOfSamples, imageError, MAX_IMAGE_PIXELS } from './grey.ts'

/** Memory the decoder may take for one image, MiB: its own tables and the RGB of the largest size. */
const MAX_DECODER_MIB = 512

/** The grey image in a baseline or progressive JPEG file, grey or colour. */
export function decodeJpeg(bytes: Uint8Array): GreyImage {
  // The decoder fills up what is missing at the end without a word, so the end marker is required.
  if (!hasEndMarker(bytes)) {
    throw imageError('JPEG', `cut short after ${bytes.length} bytes, before its end marker`)
  }
  let decoded: { width: number; height: number; data: Uint8Array }
  try {
    decoded = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_IMAGE_PIXELS / 1e6,
      maxMemoryUsageInMB: MAX_DECODER_MIB,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason'
    throw imageError('JPEG', `cannot be decoded (${reason})`, cause)
  }
  checkSize('JPEG', decoded.width, decoded.height)
  return greyOfSamples(decoded.width, decoded.height, decoded.data, 3)
}

/** True when the image ends with EOI (ITU-T T.81 B.2.1), zero padding allowed. */
function hasEndMarker(bytes: Uint8Array): boolean {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  return end >= 4 && bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}
