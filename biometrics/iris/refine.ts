import {
  bestClosedPath,
  CONTOUR_ANGLES,
  CONTOUR_RING,
  type Contour,
  contourOfCircle,
  DIRECTIONS,
  meanRadius,
  type PolarEdges,
  polarEdges,
  recentre,
} from './contour.ts'
import { fourierFit } from './fourier.ts'
import { kernelPolarEdges } from './kernel-contour.ts'
import { soleStep, soleSteps } from './limbus.ts'
import type { Circle } from './pupil.ts'
import type { Raster } from './raster.ts'
import { sampleRing } from './ring.ts'

/** The pupil's edge; `edge` is the share 0..1 of directions with a clear step. */
export type FittedPupil = {
  readonly contour: Contour
  readonly edge: number
  /** Radius of an outer edge, pixels, from which on the fit does not depend on it. */
  readonly freeFrom: number
}

/** Share of the outer edge's radius within which a pupil's edge lies. */
const WIDEST_PUPIL = 0.85

/** The iris's outer edge; `step` is its step in grey levels beside the pupil. */
export type FittedLimbus = { readonly contour: Contour; readonly step: number }

/** How much the outer edge's middle is drawn to the pupil's, in clear directions. */
const MIDDLE_ACROSS = 2
const MIDDLE_DOWN = 16

/** Each contour is fitted twice, the second time around the first one's centre. */
const ROUNDS = 2

/** Fits a free closed curve (4 harmonics) to the pupil's edge near a circle. */
export function fitPupil(fine: Raster, circle: Circle, limbusRadius: number): FittedPupil {
  let contour = contourOfCircle(circle)
  let [edge, widest] = [0, 0]
  const inner = new Float64Array(CONTOUR_ANGLES)
  for (let round = 0; round < ROUNDS; round++) {
    const { x, y } = contour
    const radius = meanRadius(contour)
    const most = Math.min(radius * 1.35 + 2, limbusRadius * WIDEST_PUPIL)
    widest = Math.max(widest, radius * 1.35 + 2)
    const range = [Math.max(2, radius * 0.65), most] as const
    const polar =
      kernelPolarEdges(fine, contour, range, 0.5, 1.5, false, CONTOUR_RING) ??
      polarEdges(range, 0.5, (at, steps) => {
        sampleRing(fine, x, y, at - 1.5, CONTOUR_RING, inner)
        sampleRing(fine, x, y, at + 1.5, CONTOUR_RING, steps)
        for (let i = 0; i < CONTOUR_ANGLES; i++) {
          steps[i] = (steps[i] as number) - (inner[i] as number)
        }
      })
    const path = bestClosedPath(polar, 60, 4)
    const steps = stepsAlong(polar, path)
    const weights = steps.map((step) => Math.max(0.05, Math.min(1, step / 20)))
    edge = steps.filter((step) => step > 8).length / CONTOUR_ANGLES
    contour = recentre({ x, y, radii: fourierFit(path, weights, 4, 0.3) })
  }
  // Above the quotient, so that rounding never makes a bound fit look free.
  return { contour, edge, freeFrom: (1.000_001 * widest) / WIDEST_PUPIL }
}

/** Fits a nearly round curve (2 harmonics) to the limbus near a circle, by its sides mostly. */
export function fitLimbus(
  soft: Raster,
  circle: Circle,
  pupil: Circle,
  contrast: number,
): FittedLimbus {
  let contour = contourOfCircle(circle)
  for (let round = 0; round < ROUNDS; round++) {
    const { x, y } = contour
    const radius = meanRadius(contour)
    const half = Math.max(2.5, 0.05 * radius)
    const least = Math.max(pupil.radius * 1.15, radius * 0.82)
    const range = [least, radius * 1.18] as const
    const polar =
      kernelPolarEdges(soft, contour, range, 1, half, true, CONTOUR_RING) ??
      polarEdges(range, 1, (at, steps) => soleSteps(soft, x, y, at, half, CONTOUR_RING, steps))
    const path = bestClosedPath(polar, 40, 6)
    const weights = stepsAlong(polar, path).map((step, i) =>
      isInside(soft, contour, i, path[i] as number)
        ? sideWeight(i) * Math.max(0.02, Math.min(1, step / 15))
        : 0,
    )
    // Lids leave little that tells how high the middle lies: it is near the pupil's.
    const middle = {
      dx: pupil.x - x,
      dy: pupil.y - y,
      weightAcross: MIDDLE_ACROSS,
      weightDown: MIDDLE_DOWN,
    }
    contour = recentre({ x, y, radii: fourierFit(path, weights, 2, 4, middle) })
  }
  return { contour, step: sideStep(soft, contour, contrast) }
}

/** Whether a contour's point at a radius lies inside the image. */
function isInside(
  { width, height }: Raster,
  { x, y }: Contour,
  i: number,
  radius: number,
): boolean {
  const [cos, sin] = DIRECTIONS[i] as readonly [number, number]
  const [px, py] = [x + cos * radius, y + sin * radius]
  return px >= 1 && py >= 1 && px <= width - 2 && py <= height - 2
}

/** Weight of a direction for the limbus: full beside the pupil, small where lids hang. */
function sideWeight(index: number): number {
  const [cos, sin] = DIRECTIONS[index] as readonly [number, number]
  // 30° above the horizontal, 53° below: the upper lid covers more.
  return Math.abs(cos) >= (sin > 0 ? 0.6 : 0.87) ? 1 : 0.03
}

/** Step in grey levels along a limbus beside the pupil: half the weaker side, half the mean. */
function sideStep(soft: Raster, contour: Contour, contrast: number): number {
  const half = Math.max(2.5, 0.05 * meanRadius(contour))
  const sums: [number, number] = [0, 0]
  const counts: [number, number] = [0, 0]
  DIRECTIONS.forEach((direction, i) => {
    if (sideWeight(i) < 1 || !isInside(soft, contour, i, (contour.radii[i] as number) + half))
      return
    const step = soleStep(soft, contour.x, contour.y, contour.radii[i] as number, half, direction)
    const side = direction[0] > 0 ? 1 : 0
    sums[side] += Math.max(-contrast, Math.min(contrast, step))
    counts[side]++
  })
  // A side that the image's border took says nothing.
  const [left, right] = [sums[0] / Math.max(4, counts[0]), sums[1] / Math.max(4, counts[1])]
  return 0.5 * Math.min(left, right) + 0.25 * (left + right)
}

function stepsAlong({ least, step, count, edges }: PolarEdges, path: Float32Array): Float32Array {
  return path.map((radius, i) => edges[i * count + Math.round((radius - least) / step)] as number)
}
