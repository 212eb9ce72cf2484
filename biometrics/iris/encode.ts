import type { GreyImage } from '../../protocol/image.ts'
import type { IrisTemplate } from '../../protocol/iris-template.ts'
import { boundariesOf, type IrisBoundaries } from './boundaries.ts'
import { meanRadius, scaleContour } from './contour.ts'
import { encodePhases, type PhaseCode } from './gabor.ts'
import { findLids } from './lids.ts'
import { type LocatedIris, locateIris } from './locate.ts'
import { type CaptureMeasures, measureCapture } from './quality.ts'
import { rasterOf, resize } from './raster.ts'
import { unroll } from './unroll.ts'
import { type WorkingImage, workingImage } from './working.ts'

/** Measures of a capture; `score` sums them up, 0..100, higher is better. */
export type IrisQuality = CaptureMeasures & {
  readonly score: number
  /** Share of the iris not covered by lids, lashes or glints, per cent. */
  readonly usablePercent: number
  /** Share of the pupil's edge that is clear, per cent. */
  readonly pupilEdgePercent: number
  /** Step at the iris's outer edge, grey levels of the spread image. */
  readonly limbusStep: number
  /** Plausibility of the boundaries found, in tenths: mostly 160 to 210, by chance below 110. */
  readonly boundaryScore: number
  /** Pupil's radius as a share of the iris's, per cent. */
  readonly pupilPercent: number
  /** Mean radius of the iris, pixels of the image. */
  readonly irisRadiusPixels: number
  /** Strength of the fine texture against its surroundings, per cent. */
  readonly texturePercent: number
}

/** Why an image gave no template; each has words for the resident elsewhere. */
export type IrisRefusal =
  | 'image-too-small'
  | 'no-eye'
  | 'eye-too-small'
  | 'pupil-size'
  | 'too-little-iris'
  | 'no-texture'
  | 'blurred'
  | 'off-gaze'
  | 'too-dark'
  | 'too-bright'

/** Outcome of encoding one image. */
export type IrisResult =
  | {
      readonly outcome: 'encoded'
      readonly template: IrisTemplate
      readonly quality: IrisQuality
      readonly boundaries: IrisBoundaries
    }
  | {
      readonly outcome: 'refused'
      readonly reason: IrisRefusal
      readonly quality?: IrisQuality
      readonly boundaries?: IrisBoundaries
    }

/** Shortest side of an image in which an iris may be sought, pixels. */
export const MIN_IMAGE_SIDE = 64
/** Least radius of an iris in the image, pixels: below it the fine scale has no samples. */
const MIN_IRIS_RADIUS = 36
/** Pupil to iris: outside this a boundary is wrong (open-iris uses .1 to .7). */
const PUPIL_PERCENT_RANGE = [12, 78] as const
/** Development images with boundaries that hold, transformed or not, are seldom below. */
const MIN_BOUNDARY_SCORE = 110
const MIN_PUPIL_EDGE_PERCENT = 50
/** Positions a template needs so that two of them share 2,048 with a fair chance. */
const MIN_USABLE_POSITIONS = 2600
/** Below it a rendered eye out of focus compares like a stranger; no development image lies there. */
const MIN_TEXTURE_PERCENT = 7
/** Out of focus by four pixels or smeared by sixteen gives 19 to 23, development images 34 and more. */
const MIN_SHARPNESS_PERCENT = 24
/** Real pupils are up to 27° from round; eyes that look aside by 32° are at 29 to 37. */
const MAX_GAZE_DEGREES = 28
/** From here on an eye looks aside if its boundaries are doubtful too. */
const DOUBTFUL_GAZE_DEGREES = 22
const DOUBTFUL_BOUNDARY_SCORE = 140
/** ISO/IEC 29794-6 asks for 30; development images have 77 and more. */
const MIN_PUPIL_CONTRAST_PERCENT = 15
const MAX_SATURATED_PERCENT = 30
/** Iris radius, pixels, above which an image is shrunk before it is unrolled (64x512 samples). */
const UNROLL_RADIUS = 120

/**
 * Locates, unrolls and encodes the iris of one near-infrared image, 320x240 to 1280x960. The same
 * image gives the same template. A refusal is an outcome; nothing is thrown.
 */
export function encodeIris(image: GreyImage): IrisResult {
  if (Math.min(image.width, image.height) < MIN_IMAGE_SIDE) {
    return { outcome: 'refused', reason: 'image-too-small' }
  }
  const working = workingImage(image)
  const located = locateIris(working)
  if (!located) return { outcome: 'refused', reason: 'no-eye' }
  const pupil = located.pupil.contour
  const limbus = located.limbus.contour
  const lids = findLids(located.soft, pupil, limbus)
  const irisRadius = meanRadius(limbus) / working.scale
  const shrink = Math.min(1, UNROLL_RADIUS / irisRadius)
  const raster = rasterOf(image)
  const source = resize(raster, Math.round(image.width * shrink), Math.round(image.height * shrink))
  const factor = source.width / working.filled.width
  const sheet = unroll(source, factor, pupil, limbus, { lids, glints: working.glints })
  const code = encodePhases(sheet)
  const toImage = 1 / working.scale
  const capture = measureCapture(
    raster,
    scaleContour(pupil, toImage),
    scaleContour(limbus, toImage),
  )
  const quality = qualityOf(located, code, working, capture)
  const boundaries = boundariesOf(pupil, limbus, lids, sheet, working.scale)
  const reason = refusalOf(quality, code.template)
  if (reason) return { outcome: 'refused', reason, quality, boundaries }
  return { outcome: 'encoded', template: code.template, quality, boundaries }
}

function qualityOf(
  located: LocatedIris,
  code: PhaseCode,
  working: WorkingImage,
  capture: CaptureMeasures,
): IrisQuality {
  const { pupil, limbus, score } = located
  const irisRadius = meanRadius(limbus.contour)
  const measures = {
    usablePercent: Math.round(100 * code.usableShare),
    pupilEdgePercent: Math.round(100 * pupil.edge),
    limbusStep: Math.round(10 * limbus.step) / 10,
    boundaryScore: Math.round(10 * score),
    pupilPercent: Math.round((100 * meanRadius(pupil.contour)) / irisRadius),
    irisRadiusPixels: Math.round(irisRadius / working.scale),
    texturePercent: Math.round(100 * code.fineEnergy),
    ...capture,
  }
  return { score: overallScore(measures), ...measures }
}

/** Product of what the worst measures leave, so that one bad measure is enough to lower it. */
function overallScore(measures: Omit<IrisQuality, 'score'>): number {
  const share = (value: number, full: number) => Math.max(0, Math.min(1, value / full))
  return Math.round(
    100 *
      share(measures.usablePercent, 75) *
      share(measures.pupilEdgePercent, 95) *
      share(measures.boundaryScore, 165) *
      share(measures.irisRadiusPixels, 60) *
      share(measures.sharpnessPercent, 34) *
      share(measures.texturePercent, 10) *
      share(45 - measures.gazeDegrees, 30),
  )
}

function refusalOf(quality: IrisQuality, template: IrisTemplate): IrisRefusal | undefined {
  const [least, most] = PUPIL_PERCENT_RANGE
  if (quality.sharpnessPercent < MIN_SHARPNESS_PERCENT) return 'blurred'
  if (quality.boundaryScore < MIN_BOUNDARY_SCORE) return 'no-eye'
  if (isOffGaze(quality)) return 'off-gaze'
  if (quality.pupilEdgePercent < MIN_PUPIL_EDGE_PERCENT) return 'no-eye'
  if (quality.irisRadiusPixels < MIN_IRIS_RADIUS) return 'eye-too-small'
  if (quality.pupilPercent < least || quality.pupilPercent > most) return 'pupil-size'
  if (quality.saturatedPercent > MAX_SATURATED_PERCENT) return 'too-bright'
  if (quality.irisPupilContrastPercent < MIN_PUPIL_CONTRAST_PERCENT) return 'too-dark'
  if (template.usablePositions < MIN_USABLE_POSITIONS) return 'too-little-iris'
  if (quality.texturePercent < MIN_TEXTURE_PERCENT) return 'no-texture'
  return undefined
}

function isOffGaze({ gazeDegrees, boundaryScore }: IrisQuality): boolean {
  if (gazeDegrees > MAX_GAZE_DEGREES) return true
  return gazeDegrees > DOUBTFUL_GAZE_DEGREES && boundaryScore < DOUBTFUL_BOUNDARY_SCORE
}
