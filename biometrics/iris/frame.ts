import type { GreyImage } from '../../protocol/image.ts'
import { cosSinOfTurn } from './arithmetic.ts'
import { MIN_IMAGE_SIDE } from './encode.ts'
import { findPupil } from './locate.ts'
import { riseShare } from './quality.ts'
import { percentiles, type Raster, rasterOf } from './raster.ts'
import { WORKING_PIXELS, workingImage } from './working.ts'

/** Why a streamed frame is not worth encoding. */
export type FrameRefusal = 'image-too-small' | 'too-dark' | 'too-bright' | 'no-eye' | 'blurred'

/** What a quick look at a frame says. */
export type FrameAssessment =
  | {
      readonly outcome: 'usable'
      /** 0..100: completeness and sharpness of the pupil's edge. Frames of one eye are ranked by it. */
      readonly quality: number
      /** The pupil found, in pixels of the frame. */
      readonly pupil: { readonly x: number; readonly y: number; readonly radius: number }
    }
  | { readonly outcome: 'unusable'; readonly reason: FrameRefusal }

/** Grey levels between which a frame's 1st and 99th percentile must lie apart. */
const MIN_RANGE = 24
const MIN_PUPIL_SCORE = 0.65
/** Grey levels the pupil's edge rises within two pixels, as a share of its rise within twelve. */
const MIN_SHARPNESS = 0.2

/**
 * A quick look (a few milliseconds) at one frame of a stream: exposure, a pupil, focus. It spares the
 * full encoding of frames that cannot succeed; it does not promise that the others do.
 */
export function assessFrame(image: GreyImage): FrameAssessment {
  if (Math.min(image.width, image.height) < MIN_IMAGE_SIDE) {
    return { outcome: 'unusable', reason: 'image-too-small' }
  }
  const raster = rasterOf(image)
  const [low, high] = percentiles(raster.data, [0.01, 0.99]) as readonly [number, number]
  if (high - low < MIN_RANGE) {
    return { outcome: 'unusable', reason: high < 128 ? 'too-dark' : 'too-bright' }
  }
  const working = workingImage(image, WORKING_PIXELS / 2)
  const found = findPupil(working)
  if (!found || found.score < MIN_PUPIL_SCORE) return { outcome: 'unusable', reason: 'no-eye' }
  const scale = (v: number) => (v + 0.5) / working.scale - 0.5
  const pupil = { x: scale(found.x), y: scale(found.y), radius: found.radius / working.scale }
  const sharpness = edgeSharpness(raster, pupil)
  if (sharpness < MIN_SHARPNESS) return { outcome: 'unusable', reason: 'blurred' }
  const quality = Math.round(100 * Math.min(1, found.score) * Math.min(1, sharpness / 0.5))
  return { outcome: 'usable', quality, pupil }
}

const RAYS = 32

/** Steepest rise across the pupil's edge over two pixels against the whole rise, median of rays. */
function edgeSharpness(
  raster: Raster,
  pupil: { readonly x: number; readonly y: number; readonly radius: number },
): number {
  const shares = Array.from({ length: RAYS }, (_, i) => {
    const [dx, dy] = cosSinOfTurn((i + 0.5) / RAYS)
    return riseShare(raster, pupil.x + dx * pupil.radius, pupil.y + dy * pupil.radius, [dx, dy])
  })
  return shares.sort((a, b) => a - b)[RAYS >> 1] ?? 0
}
