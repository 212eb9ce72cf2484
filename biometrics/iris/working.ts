import type { GreyImage } from '../../protocol/image.ts'
import { kernelDespeckle } from './kernel-image.ts'
import { percentiles, type Raster, rasterOf, resize } from './raster.ts'
import { fillGlints, GLINT_CONTRAST, GLINT_LEVEL } from './specular.ts'

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
  const [low, high] = percentiles(scaled.data, [0.01, 0.97]) as readonly [number, number]
  // A nearly empty image is not blown up into noise.
  const gain = Math.min(4, 225 / Math.max(1, high - low))
  const reach = Math.max(2, Math.round(GLINT_REACH * Math.sqrt(pixels / WORKING_PIXELS)))
  const rules = { low, gain, reach, level: GLINT_LEVEL, contrast: GLINT_CONTRAST }
  const despeckled =
    kernelDespeckle(scaled, rules) ??
    fillGlints({ width, height, data: spreadLevels(scaled.data, low, gain) }, reach)
  return { scale: width / image.width, ...despeckled }
}

/** Levels with `low` at 10 and `gain` times as far apart, within 0..255. */
function spreadLevels(levels: Float32Array, low: number, gain: number): Float32Array {
  return levels.map((value) => {
    const level = 10 + (value - low) * gain
    return level < 0 ? 0 : level > 255 ? 255 : level
  })
}

/** Half width of the largest glint filled, in pixels of the working scale. */
const GLINT_REACH = 8
