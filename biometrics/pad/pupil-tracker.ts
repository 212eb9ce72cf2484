import type { GreyImage } from '../../protocol/image.ts'
import { assessFrame } from '../iris/frame.ts'
import { median } from './trace.ts'

/** A pupil as a circle in pixels of the frame, to a fraction of a pixel. */
export type Pupil = { readonly x: number; readonly y: number; readonly radius: number }

const RAYS = 48
const DIRECTIONS: readonly (readonly [number, number])[] = Array.from({ length: RAYS }, (_, i) => {
  const angle = (2 * Math.PI * (i + 0.5)) / RAYS
  return [Math.cos(angle), Math.sin(angle)] as const
})
/** The edge is sought between these shares of the expected radius. */
const INNER = 0.68
const OUTER = 1.4
/** Rise from pupil to iris that makes an edge, grey levels; and what is cut off above the pupil. */
const LEAST_RISE = 12
const MOST_RISE = 110
/** Share of the rays on which the circle must lie. */
const LEAST_SUPPORT = 0.55
/** Frames that may pass without a pupil before the whole frame is searched again. */
const PATIENCE = 3

/**
 * The pupil in each frame, or nothing where there is none to be had (blink, blur). The quick look of
 * `assessFrame` finds it once; from then on its edge is followed, which costs a hundredth of that.
 */
export function trackPupil(frames: readonly GreyImage[]): readonly (Pupil | undefined)[] {
  let last: Pupil | undefined
  let missed = PATIENCE
  return frames.map((image) => {
    let found = last && refinePupil(image, last)
    if (found === undefined && ++missed > PATIENCE) {
      const quick = assessFrame(image)
      missed = 0
      if (quick.outcome === 'usable') found = refinePupil(image, quick.pupil)
      last = found
    }
    if (found !== undefined) {
      missed = 0
      last = found
    }
    return found
  })
}

/** The circle on the dark disc's edge near an expected one, or nothing where the edge is not whole. */
export function refinePupil(image: GreyImage, expected: Pupil): Pupil | undefined {
  const first = fitOnce(image, expected)
  return first && fitOnce(image, first)
}

type Point = { readonly x: number; readonly y: number }

function fitOnce(image: GreyImage, expected: Pupil): Pupil | undefined {
  const dark = darkLevel(image, expected)
  let points = DIRECTIONS.flatMap((direction) => edgeOn(image, expected, direction, dark) ?? [])
  let circle: Pupil | undefined
  for (let pass = 0; pass < 3; pass++) {
    if (points.length < LEAST_SUPPORT * RAYS) return undefined
    const fitted = fitCircle(points)
    if (fitted === undefined) return undefined
    const misses = points.map((point) => missOf(point, fitted))
    const limit = Math.max(0.6, 2.5 * median(misses))
    points = points.filter((point) => missOf(point, fitted) <= limit)
    circle = fitted
  }
  const ratio = (circle?.radius ?? 0) / expected.radius
  return ratio > INNER && ratio < OUTER ? circle : undefined
}

function missOf({ x, y }: Point, circle: Pupil): number {
  return Math.abs(Math.hypot(x - circle.x, y - circle.y) - circle.radius)
}

/** Grey level of the pupil: its median, so that glints do not count. */
function darkLevel(image: GreyImage, { x, y, radius }: Pupil): number {
  const levels = [0, 0.25, 0.5].flatMap((share) =>
    DIRECTIONS.filter((_, i) => i % 4 === 0).map(([dx, dy]) =>
      levelAt(image, x + dx * radius * share, y + dy * radius * share),
    ),
  )
  return median(levels)
}

/** The steepest rise out of the dark along a ray, between pixels. */
function edgeOn(
  image: GreyImage,
  { x, y, radius }: Pupil,
  [dx, dy]: readonly [number, number],
  dark: number,
): Point | undefined {
  const from = Math.floor(INNER * radius) - 3
  const levels = Array.from({ length: Math.ceil(OUTER * radius) + 4 - from }, (_, i) => {
    const level = levelAt(image, x + dx * (from + i), y + dy * (from + i))
    return Math.min(level, dark + MOST_RISE)
  })
  const riseAt = (i: number): number =>
    ((levels[i + 1] ?? 0) + (levels[i + 2] ?? 0) - (levels[i - 1] ?? 0) - (levels[i - 2] ?? 0)) / 2
  let best = -1
  let steepest = LEAST_RISE
  for (let i = 3; i < levels.length - 3; i++) {
    const rise = riseAt(i)
    // A rise that does not begin in the dark is texture or lid.
    if (rise > steepest && (levels[i - 2] ?? 0) < dark + 40) {
      steepest = rise
      best = i
    }
  }
  if (best < 0) return undefined
  const [before, after] = [riseAt(best - 1), riseAt(best + 1)]
  const bend = before - 2 * steepest + after
  const shift = bend < 0 ? Math.max(-0.5, Math.min(0.5, (before - after) / (2 * bend))) : 0
  const distance = from + best + shift
  return { x: x + dx * distance, y: y + dy * distance }
}

/** Least squares circle through some points (Kåsa 1976). */
function fitCircle(points: readonly Point[]): Pupil | undefined {
  const count = points.length
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count
  let [uu, uv, vv, uw, vw] = [0, 0, 0, 0, 0]
  for (const point of points) {
    const [u, v] = [point.x - meanX, point.y - meanY]
    const w = u * u + v * v
    uu += u * u
    uv += u * v
    vv += v * v
    uw += u * w
    vw += v * w
  }
  const determinant = 2 * (uu * vv - uv * uv)
  if (Math.abs(determinant) < 1e-6) return undefined
  const u = (uw * vv - vw * uv) / determinant
  const v = (vw * uu - uw * uv) / determinant
  const radius = Math.sqrt(u * u + v * v + (uu + vv) / count)
  return { x: u + meanX, y: v + meanY, radius }
}

/** Grey level between pixels; outside the frame the nearest pixel counts. */
function levelAt({ width, height, pixels }: GreyImage, px: number, py: number): number {
  const x = Math.min(Math.max(px, 0), width - 1.001)
  const y = Math.min(Math.max(py, 0), height - 1.001)
  const [x0, y0] = [x | 0, y | 0]
  const [fx, fy] = [x - x0, y - y0]
  const at = y0 * width + x0
  const upper = (pixels[at] ?? 0) * (1 - fx) + (pixels[at + 1] ?? 0) * fx
  const lower = (pixels[at + width] ?? 0) * (1 - fx) + (pixels[at + width + 1] ?? 0) * fx
  return upper * (1 - fy) + lower * fy
}
