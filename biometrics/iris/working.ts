import type { GreyImage } from '../../protocol/image.ts'
import { percentile, type Raster, rasterOf, resize } from './raster.ts'
import { fillGlints } from './specular.ts'

/** Pixels of the working scale: boundaries are sought in an image of about 320x240. */
export const WORKING_PIXELS = 76_800

/** An image at the working scale with its grey levels spread, with and without glints. */
export type WorkingImage = {
  /** Working pixels per pixel of the image. */
  readonly scale: number
  readonly filled: Raster
  /** 1 where a glint was filled in, else 0. */
  readonly glints: Raster
}

/**
 * The image scaled to about `pixels` pixels, its grey levels spread from the 1st to the 97th
 * percentile onto 10..235, so that what follows needs no camera's own levels.
 */
export function workingImage(image: GreyImage, pixels: number = WORKING_PIXELS): WorkingImage {
  const scale = Math.min(1.5, Math.sqrt(pixels / (image.width * image.height)))
  const width = Math.max(16, Math.round(image.width * scale))
  const height = Math.max(16, Math.round(image.height * scale))
  const scaled = resize(rasterOf(image), width, height)
  const low = percentile(scaled.data, 0.01)
  const high = percentile(scaled.data, 0.97)
  // A nearly empty image is not blown up into noise.
  const gain = Math.min(4, 225 / Math.max(1, high - low))
  const spread = scaled.data.slice()
  for (let at = 0; at < spread.length; at++) {
    const level = 10 + ((spread[at] as number) - low) * gain
    spread[at] = level < 0 ? 0 : level > 255 ? 255 : level
  }
  const reach = Math.max(2, Math.round(GLINT_REACH * Math.sqrt(pixels / WORKING_PIXELS)))
  return { scale: width / image.width, ...fillGlints({ width, height, data: spread }, reach) }
}

/** Half width of the largest glint filled, in pixels of the working scale. */
const GLINT_REACH = 8
