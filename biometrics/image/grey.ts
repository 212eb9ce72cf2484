import { PersonhoodError } from '../../protocol/errors.ts'
import type { GreyImage } from '../../protocol/image.ts'

/** Largest image accepted, pixels: six times the 1280x960 of the best orb head. */
export const MAX_IMAGE_PIXELS = 8_388_608

/** A `bytes.image` error: `format` and a sentence that says what is wrong with the bytes. */
export function imageError(format: string, problem: string, cause?: unknown): PersonhoodError {
  const message = `${format} image: ${problem}; nothing was read from it`
  return new PersonhoodError('bytes.image', message, cause === undefined ? undefined : { cause })
}

/** Throws `bytes.image` unless the size is at least 1x1 and within `MAX_IMAGE_PIXELS`. */
export function checkSize(format: string, width: number, height: number): void {
  const isWhole = Number.isInteger(width) && Number.isInteger(height)
  if (isWhole && width >= 1 && height >= 1 && width * height <= MAX_IMAGE_PIXELS) return
  throw imageError(format, `${width}x${height} is outside 1..${MAX_IMAGE_PIXELS} pixels`)
}

/** Brightness of a colour, 0..255 (ITU-R BT.601 weights in 1/256; grey stays exactly itself). */
export function luma(red: number, green: number, blue: number): number {
  return (77 * red + 150 * green + 29 * blue) >> 8
}

/** A grey image from interleaved 8-bit samples: 1 grey, 2 grey+alpha, 3 RGB or 4 RGBA a pixel. */
export function greyOfSamples(
  width: number,
  height: number,
  samples: ArrayLike<number>,
  channels: number,
): GreyImage {
  const pixels = new Uint8Array(width * height)
  for (let i = 0; i < pixels.length; i++) {
    const at = i * channels
    const first = samples[at] ?? 0
    pixels[i] = channels < 3 ? first : luma(first, samples[at + 1] ?? 0, samples[at + 2] ?? 0)
  }
  return { width, height, pixels }
}
