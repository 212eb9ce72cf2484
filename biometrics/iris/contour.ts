import { cosSinOfTurn, turnOf } from './arithmetic.ts'
import { kernelBestPath, kernelRecentre } from './kernel-contour.ts'
import { type Ring, ringOf } from './ring.ts'

/** Directions in which a contour's radius is known, equally spaced from +x towards +y. */
export const CONTOUR_ANGLES = 128

/** A closed curve around (x, y): `radii[i]` pixels at the angle 360° * i / `CONTOUR_ANGLES`. */
export type Contour = {
  readonly x: number
  readonly y: number
  readonly radii: Float32Array
}

const TURNS: readonly number[] = Array.from(
  { length: CONTOUR_ANGLES },
  (_, i) => i / CONTOUR_ANGLES,
)

/** Cosine and sine of each direction of a contour. */
export const DIRECTIONS: readonly (readonly [number, number])[] = TURNS.map(cosSinOfTurn)

/** The same, for sampling all directions at once. */
export const CONTOUR_RING: Ring = ringOf(TURNS)

/** Radius of a contour at any direction, in turns of `CONTOUR_ANGLES` (linear between). */
export function radiusAt(contour: Contour, direction: number): number {
  const lower = Math.floor(direction)
  const share = direction - lower
  const at = ((lower % CONTOUR_ANGLES) + CONTOUR_ANGLES) % CONTOUR_ANGLES
  const next = (at + 1) % CONTOUR_ANGLES
  return (contour.radii[at] as number) * (1 - share) + (contour.radii[next] as number) * share
}

/** Mean radius of a contour. */
export function meanRadius(contour: Contour): number {
  let sum = 0
  for (const radius of contour.radii) sum += radius
  return sum / CONTOUR_ANGLES
}

/** The contour in pixels of an image `factor` times as large. */
export function scaleContour(contour: Contour, factor: number): Contour {
  // Pixel centres lie at whole numbers, so the image's corner is at -0.5.
  const scale = (v: number) => (v + 0.5) * factor - 0.5
  return { x: scale(contour.x), y: scale(contour.y), radii: contour.radii.map((r) => r * factor) }
}

/** The circle as a contour. */
export function contourOfCircle(circle: {
  readonly x: number
  readonly y: number
  readonly radius: number
}): Contour {
  const { x, y, radius } = circle
  return { x, y, radii: new Float32Array(CONTOUR_ANGLES).fill(radius) }
}

/** The same curve seen from its own middle, so that its first harmonic vanishes. */
export function recentre(contour: Contour): Contour {
  const recentred = kernelRecentre(contour, CONTOUR_RING)
  if (recentred) return recentred
  let { x, y, radii } = contour
  for (let round = 0; round < 3; round++) {
    let dx = 0
    let dy = 0
    DIRECTIONS.forEach(([cos, sin], i) => {
      dx += (2 * (radii[i] as number) * cos) / CONTOUR_ANGLES
      dy += (2 * (radii[i] as number) * sin) / CONTOUR_ANGLES
    })
    const curve = { x, y, radii }
    radii = radii.map((radius, i) => radiusFrom(curve, radius, i, dx, dy))
    x += dx
    y += dy
  }
  return { x, y, radii }
}

/** Radius in direction `i` after the centre moved by (dx, dy), by a few corrections. */
function radiusFrom(curve: Contour, start: number, i: number, dx: number, dy: number): number {
  const [cos, sin] = DIRECTIONS[i] as readonly [number, number]
  let radius = start
  for (let round = 0; round < 3; round++) {
    // Where the new ray meets the curve, seen from the old centre.
    const px = dx + radius * cos
    const py = dy + radius * sin
    const direction = turnOf(px, py) * CONTOUR_ANGLES
    radius += radiusAt(curve, direction) - Math.sqrt(px * px + py * py)
  }
  return radius
}

/** Steps from dark to bright around a centre: rows are directions, columns radii. */
export type PolarEdges = {
  readonly least: number
  readonly step: number
  readonly count: number
  /** Step in grey levels over `2 * half` pixels, `CONTOUR_ANGLES` rows of `count`. */
  readonly edges: Float32Array
}

/** The steps that `stepsAt` finds in all directions for radii `least` to `most` every `step` pixels. */
export function polarEdges(
  [least, most]: readonly [number, number],
  step: number,
  stepsAt: (radius: number, steps: Float64Array) => void,
): PolarEdges {
  const count = Math.max(2, Math.ceil((most - least) / step) + 1)
  const edges = new Float32Array(CONTOUR_ANGLES * count)
  const steps = new Float64Array(CONTOUR_ANGLES)
  for (let k = 0; k < count; k++) {
    stepsAt(least + k * step, steps)
    for (let i = 0; i < CONTOUR_ANGLES; i++) edges[i * count + k] = steps[i] as number
  }
  return { least, step, count, edges }
}

/**
 * The closed path of radii with the greatest sum of steps, each clipped at `most` grey levels, the
 * radius changing by at most one column from one direction to the next (dynamic programming, twice
 * around so that the end meets the start).
 */
export function bestClosedPath(polar: PolarEdges, most: number, bend: number): Float32Array {
  const { count, edges, least, step } = polar
  const columns = kernelBestPath(polar, most, bend)
  if (columns) return Float32Array.from(columns, (column) => least + step * column)
  const rounds = 2 * CONTOUR_ANGLES
  const moves = new Int8Array(rounds * count)
  let scores = new Float32Array(count)
  let next = new Float32Array(count)
  for (let i = 0; i < rounds; i++) {
    const row = edges.subarray((i % CONTOUR_ANGLES) * count, ((i % CONTOUR_ANGLES) + 1) * count)
    advance(scores, next, row, moves.subarray(i * count, (i + 1) * count), most, bend)
    ;[scores, next] = [next, scores]
  }
  let at = scores.reduce((best, score, k) => (score > (scores[best] as number) ? k : best), 0)
  const radii = new Float32Array(CONTOUR_ANGLES)
  for (let i = rounds - 1; i >= 0; i--) {
    // The middle of the two rounds has settled at both ends.
    if (i >= CONTOUR_ANGLES / 2 && i < CONTOUR_ANGLES * 1.5) {
      radii[i % CONTOUR_ANGLES] = least + step * at
    }
    at += moves[i * count + at] as number
  }
  return radii
}

/** Best sums after one more direction into `next`; `moves` gets where each came from. */
function advance(
  scores: Float32Array,
  next: Float32Array,
  edges: Float32Array,
  moves: Int8Array,
  most: number,
  bend: number,
): void {
  const last = scores.length - 1
  for (let k = 0; k <= last; k++) {
    let best = scores[k] as number
    const above = k < last ? (scores[k + 1] as number) - bend : -Infinity
    if (above > best) {
      best = above
      moves[k] = 1
    }
    const below = k > 0 ? (scores[k - 1] as number) - bend : -Infinity
    // Of equal ways the inner one is kept.
    if (below > best || (below === best && moves[k] === 1)) {
      best = below
      moves[k] = -1
    }
    const edge = edges[k] as number
    next[k] = best + (edge < most ? edge : most)
  }
}
