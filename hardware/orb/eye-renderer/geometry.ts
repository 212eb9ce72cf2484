import type { CaptureConditions } from './conditions.ts'
import type { Subject } from './subject.ts'

/** An ellipse in image pixels; `angle` is that of the axis `a`, radians, clockwise as displayed. */
export type Ellipse = {
  readonly x: number
  readonly y: number
  readonly a: number
  readonly b: number
  readonly angle: number
}

/** A point in image pixels. */
export type Point = { readonly x: number; readonly y: number }

/** Where things truly are in a rendered frame, for tests of whatever has to find them. */
export type EyeTruth = {
  readonly pupil: Ellipse
  readonly limbus: Ellipse
  /** Edges of the lids from the image's left to its right; above `upper` and below `lower` is skin. */
  readonly lids: { readonly upper: readonly Point[]; readonly lower: readonly Point[] }
}

/**
 * The eye in *orbit coordinates*: u to the image's right and v down before the head tilts, in iris
 * radii, from the middle of the opening.
 */
export type Geometry = {
  /** Image pixels of one iris radius. */
  readonly radius: number
  readonly centre: Point
  readonly cos: number
  readonly sin: number
  /** Middle of the limbus; the gaze moves it. */
  readonly iris: { readonly u: number; readonly v: number }
  /** Middle of the pupil. */
  readonly pupil: { readonly u: number; readonly v: number; readonly ratio: number }
  /** Direction of gaze, and by how much it foreshortens the iris, 0..1. */
  readonly gaze: { readonly du: number; readonly dv: number; readonly shorten: number }
  /** 1 where the nose is on the image's right, -1 on its left. */
  readonly nasal: 1 | -1
  /** v of the lids' edges over u, `LID_STEPS` to an iris radius from u = -LID_REACH. */
  readonly upper: Float32Array
  readonly lower: Float32Array
}

/** Iris radius over the image's width at nominal distance. */
const RADIUS_SHARE = 0.29
/** Radius of the eyeball in iris radii, 12 mm over 5.9 mm. */
const EYEBALL = 2.03
export const LID_REACH = 4
export const LID_STEPS = 64

/** Places the subject's eye in an image of that size. */
export function placeEye(
  subject: Subject,
  capture: CaptureConditions,
  width: number,
  height: number,
): Geometry {
  const radius = RADIUS_SHARE * width * capture.zoom * subject.size
  const roll = (capture.roll * Math.PI) / 180
  const [gazeX, gazeY] = [(capture.gazeX * Math.PI) / 180, (capture.gazeY * Math.PI) / 180]
  const tilt = Math.hypot(gazeX, gazeY)
  const [du, dv] = tilt > 0 ? [gazeX / tilt, gazeY / tilt] : [1, 0]
  const iris = { u: EYEBALL * Math.sin(tilt) * du, v: EYEBALL * Math.sin(tilt) * dv }
  const nasal = subject.eye === 'right' ? 1 : -1
  return {
    radius,
    centre: { x: width / 2 + capture.offsetX * radius, y: height / 2 + capture.offsetY * radius },
    cos: Math.cos(roll),
    sin: Math.sin(roll),
    iris,
    pupil: {
      u: iris.u + nasal * 0.03 + subject.pupilOffset.u,
      v: iris.v + subject.pupilOffset.v,
      ratio: capture.pupilRatio,
    },
    gaze: { du, dv, shorten: Math.cos(tilt) },
    nasal,
    ...placeLids(subject, capture, nasal),
  }
}

/** What `placeEye` means in image pixels. */
export function truthOf(geometry: Geometry): EyeTruth {
  const { radius, gaze, iris, pupil } = geometry
  const roll = Math.atan2(geometry.sin, geometry.cos)
  const ellipse = (u: number, v: number, size: number): Ellipse => ({
    ...toImage(geometry, u, v),
    a: size,
    b: size * gaze.shorten,
    angle: roll + Math.atan2(gaze.dv, gaze.du) + Math.PI / 2,
  })
  const edge = (lid: Float32Array): Point[] =>
    Array.from({ length: lid.length / 4 }, (_, i) =>
      toImage(geometry, (4 * i) / LID_STEPS - LID_REACH, lid[4 * i] as number),
    )
  return {
    pupil: ellipse(pupil.u, pupil.v, pupil.ratio * radius),
    limbus: ellipse(iris.u, iris.v, radius),
    lids: { upper: edge(geometry.upper), lower: edge(geometry.lower) },
  }
}

/** Image pixels of a place in orbit coordinates. */
export function toImage({ centre, cos, sin, radius }: Geometry, u: number, v: number): Point {
  return {
    x: centre.x + radius * (u * cos - v * sin),
    y: centre.y + radius * (u * sin + v * cos),
  }
}

/** v of a lid's edge at u; beyond its reach, that at its end. */
export function lidAt(lid: Float32Array, u: number): number {
  const at = Math.min(Math.max((u + LID_REACH) * LID_STEPS, 0), lid.length - 1.001)
  const i = Math.floor(at)
  return (lid[i] as number) + (at - i) * ((lid[i + 1] as number) - (lid[i] as number))
}

/** Canthi: the outer one, away from the nose, and the inner one; along the chord in iris radii. */
const OUTER = -2.5
const INNER = 2.35

function placeLids(
  { lid }: Subject,
  { opening, gazeY }: CaptureConditions,
  nasal: number,
): { upper: Float32Array; lower: Float32Array } {
  const length = 2 * LID_REACH * LID_STEPS
  const [upper, lower] = [new Float32Array(length), new Float32Array(length)]
  // Lids follow the gaze up and down.
  const follow = 0.012 * gazeY
  for (let i = 0; i < length; i++) {
    const s = nasal * (i / LID_STEPS - LID_REACH)
    const t = (2 * (s - OUTER)) / (INNER - OUTER) - 1
    const chord = 0.08 + lid.tilt * t
    const bow = Math.max(0, 1 - t * t)
    const open = chord - (lid.upper - follow) * bow ** 0.72 * (1 - 0.06 * t)
    const down = chord + (lid.lower * (0.9 + 0.1 * opening) + follow) * bow ** 0.8 * (1 - 0.08 * t)
    lower[i] = down
    // A shut lid lies on the lower one.
    upper[i] = down + (open - down) * opening
  }
  return { upper, lower }
}
