import { turnOf } from './arithmetic.ts'
import { CONTOUR_ANGLES, type Contour, DIRECTIONS, meanRadius, radiusAt } from './contour.ts'
import { type Raster, sample } from './raster.ts'
import { WORKING_PIXELS } from './working.ts'

/** What a capture is worth apart from its boundaries, in the words of ISO/IEC 29794-6. */
export type CaptureMeasures = {
  /** Rise of the pupil's edge within two pixels of a 320x240 image over its rise within sixteen, per cent, along the worse axis: low when out of focus, or smeared along one axis by motion. */
  readonly sharpnessPercent: number
  /** Angle of gaze off the lens by the pupil's foreshortening, degrees; round pupils differ by 10. */
  readonly gazeDegrees: number
  /** Weber contrast of iris and pupil mapped onto 0..100 per cent. */
  readonly irisPupilContrastPercent: number
  /** Contrast of sclera and iris above the pupil's level, 0..100 per cent. */
  readonly irisScleraContrastPercent: number
  /** Share of the iris at the brightest level that the camera can give, per cent. */
  readonly saturatedPercent: number
  /** Middle grey level of the iris, 0..255. */
  readonly irisLevel: number
}

/** Grey level from which a pixel has lost what it showed. */
const SATURATED_LEVEL = 253
/** Directions of a contour within 37° of the horizontal, where lids seldom reach. */
const BESIDE: readonly number[] = directionsBy((cos) => Math.abs(cos) > 0.8)
/** Those around straight down: above, lashes may hang over the pupil. */
const BELOW: readonly number[] = directionsBy((_, sin) => sin > 0.8)

/** Measures an image between contours in its own pixels. */
export function measureCapture(raster: Raster, pupil: Contour, limbus: Contour): CaptureMeasures {
  // Glints lie on the pupil, on most of a small one: its darker quarter is the pupil itself.
  const dark = quantile(levels(raster, pupil, limbus, [-0.25, -0.15]), 0.25)
  const irisLevels = levels(raster, pupil, limbus, [0.2, 0.35, 0.5, 0.65, 0.8])
  const iris = median(irisLevels)
  const sclera = median(levels(raster, pupil, limbus, [1.15, 1.25]))
  const weber = Math.max(0, iris - dark) / (20 + dark)
  const saturated = irisLevels.filter((level) => level >= SATURATED_LEVEL).length
  return {
    sharpnessPercent: sharpnessPercent(raster, pupil),
    gazeDegrees: gazeDegrees(pupil),
    irisPupilContrastPercent: Math.round((100 * weber) / (0.75 + weber)),
    irisScleraContrastPercent: Math.round(
      100 * Math.max(0, Math.min(1, (sclera - iris) / Math.max(1, sclera + iris - 2 * dark))),
    ),
    saturatedPercent: Math.round((100 * saturated) / irisLevels.length),
    irisLevel: Math.round(iris),
  }
}

/**
 * Steepest rise over two pixels of a 320x240 image along a ray through (x, y), which lies on an edge
 * from dark to bright, over the whole rise within sixteen; 0..1.
 */
export function riseShare(
  raster: Raster,
  x: number,
  y: number,
  [dx, dy]: readonly [number, number],
): number {
  // Larger images are judged alike.
  const unit = Math.max(1, Math.sqrt((raster.width * raster.height) / WORKING_PIXELS))
  let [least, most, steepest] = [Infinity, -Infinity, 0]
  let [before, last] = [Infinity, Infinity]
  for (let k = -8; k <= 8; k++) {
    const level = sample(raster, x + dx * k * unit, y + dy * k * unit)
    least = Math.min(least, level)
    most = Math.max(most, level)
    steepest = Math.max(steepest, level - before)
    before = last
    last = level
  }
  return steepest / Math.max(8, most - least)
}

type Place = { readonly x: number; readonly y: number }

/** How far the eye moved from one frame to the next, per cent of the iris's radius. */
export function motionPercent(before: Place, after: Place, irisRadius: number): number {
  const [dx, dy] = [after.x - before.x, after.y - before.y]
  return Math.round((100 * Math.sqrt(dx * dx + dy * dy)) / irisRadius)
}

function sharpnessPercent(raster: Raster, pupil: Contour): number {
  const along = (directions: readonly number[]) =>
    median(
      directions.map((i) => {
        const [dx, dy] = DIRECTIONS[i] as readonly [number, number]
        const radius = pupil.radii[i] as number
        return riseShare(raster, pupil.x + dx * radius, pupil.y + dy * radius, [dx, dy])
      }),
    )
  return Math.round(100 * Math.min(along(BESIDE), along(BELOW)))
}

/** By the second harmonic of the radii: an ellipse's axes are (1 + h) and (1 - h) of the mean. */
function gazeDegrees(pupil: Contour): number {
  let [re, im] = [0, 0]
  pupil.radii.forEach((radius, i) => {
    const [cos, sin] = DIRECTIONS[(2 * i) % CONTOUR_ANGLES] as readonly [number, number]
    re += (2 * radius * cos) / CONTOUR_ANGLES
    im += (2 * radius * sin) / CONTOUR_ANGLES
  })
  const share = Math.min(1, Math.sqrt(re * re + im * im) / meanRadius(pupil))
  const aspect = (1 - share) / (1 + share)
  return Math.round(360 * turnOf(aspect, Math.sqrt(1 - aspect * aspect)))
}

/** Levels beside the pupil at shares of the way from the pupil's edge to the limbus's. */
function levels(
  raster: Raster,
  pupil: Contour,
  limbus: Contour,
  shares: readonly number[],
): number[] {
  return shares.flatMap((share) =>
    BESIDE.map((i) => {
      const [dx, dy] = DIRECTIONS[i] as readonly [number, number]
      const inner = radiusAt(pupil, i)
      const radius = inner + share * (radiusAt(limbus, i) - inner)
      const [x, y] = [
        pupil.x + share * (limbus.x - pupil.x),
        pupil.y + share * (limbus.y - pupil.y),
      ]
      return sample(raster, x + dx * radius, y + dy * radius)
    }),
  )
}

function directionsBy(isMeant: (cos: number, sin: number) => boolean): number[] {
  return DIRECTIONS.flatMap(([cos, sin], i) => (isMeant(cos, sin) ? [i] : []))
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? 0
}
