import { kernelLimbusCircles } from './kernel-search.ts'
import type { Circle } from './pupil.ts'
import { type Raster, sample } from './raster.ts'
import { type Ring, ringOf, sampleRing } from './ring.ts'

/** A circle that may be the outer edge of the iris; `score` -1..1 rates both sides of its edge. */
export type LimbusCandidate = Circle & { readonly score: number }

/** Directions beside the pupil that lids seldom cover: 30° above to 45° below the horizontal. */
const SIDE_ANGLES: readonly number[] = Array.from({ length: 11 }, (_, i) => -30 + 7.5 * i)
const RIGHT: Ring = ringOf(SIDE_ANGLES.map((degrees) => degrees / 360))
const LEFT: Ring = ringOf(SIDE_ANGLES.map((degrees) => (180 - degrees) / 360))
const SIDES = [LEFT, RIGHT] as const

/**
 * Limbus circles around a pupil for each contrast, the step in grey levels that counts as full: best
 * first, at most `count`, told apart by radius. `working` is blurred and without glints.
 */
export function findLimbusCandidates(
  working: Raster,
  pupil: Circle,
  contrasts: readonly number[],
  count: number,
): readonly (readonly LimbusCandidate[])[] {
  const least = Math.max(pupil.radius * 1.25, working.height * 0.16)
  const most = Math.min(pupil.radius * 8, working.height * 0.62)
  const bestByRadius =
    kernelLimbusCircles(working, pupil, [least, most], contrasts, SIDES) ??
    contrasts.map((contrast) => bestCentres(working, pupil, [least, most], contrast))
  return bestByRadius.map((circles) => bestPeaks(circles, count))
}

/** The best circles that are better than those one step narrower and wider. */
function bestPeaks(bestByRadius: readonly LimbusCandidate[], count: number): LimbusCandidate[] {
  const peaks = bestByRadius.filter((candidate, i) => {
    const before = bestByRadius[i - 1]?.score ?? -1
    const after = bestByRadius[i + 1]?.score ?? -1
    return candidate.score >= before && candidate.score > after
  })
  peaks.sort((a, b) => b.score - a.score || a.radius - b.radius)
  return peaks.slice(0, count)
}

/** The best centre for each radius, every two pixels. */
function bestCentres(
  working: Raster,
  pupil: Circle,
  [least, most]: readonly [number, number],
  contrast: number,
): LimbusCandidate[] {
  const best: LimbusCandidate[] = []
  for (let radius = least; radius <= most; radius += 2) {
    best.push(bestCentre(working, pupil, radius, contrast))
  }
  return best
}

function bestCentre(
  working: Raster,
  pupil: Circle,
  radius: number,
  contrast: number,
): LimbusCandidate {
  // The pupil lies inside, mostly near the middle and a little towards the nose.
  const reach = Math.min(0.16 * radius, 0.5 * (radius - pupil.radius))
  let best: LimbusCandidate = { x: pupil.x, y: pupil.y, radius, score: -1 }
  // Most centres need not be looked at when the one at the pupil's is known.
  const atPupil = sideScore(working, pupil.x, pupil.y, radius, contrast, -1)
  for (let dy = -reach; dy <= reach; dy += reach / 3) {
    for (let dx = -reach; dx <= reach; dx += reach / 4) {
      const x = pupil.x + dx
      const y = pupil.y + dy
      const distance = (2 * (dx * dx + dy * dy)) / (radius * radius)
      const enough = Math.max(best.score, atPupil - 1e-3) + distance
      const score = sideScore(working, x, y, radius, contrast, enough) - distance
      if (score > best.score) best = { x, y, radius, score }
    }
  }
  return best
}

/** Score -1..1 of a circle; -1 as soon as a full edge on the other side would not reach `enough`. */
function sideScore(
  working: Raster,
  x: number,
  y: number,
  radius: number,
  contrast: number,
  enough: number,
): number {
  const half = Math.max(2.5, 0.05 * radius)
  const least = enough - 1e-9
  // Shading is only ever taken off a step: without it the step is a bound, at half the cost.
  if (rateSides(mostStep(working, x, y, radius, half, RIGHT, contrast), contrast, contrast) < least)
    return -1
  const right = meanStep(working, x, y, radius, half, RIGHT, contrast)
  if (rateSides(right, contrast, contrast) < least) return -1
  const left = meanStep(working, x, y, radius, half, LEFT, contrast)
  return rateSides(right, left, contrast)
}

/** Both sides must show an edge: the weaker one counts as much as their mean. */
function rateSides(right: number, left: number, contrast: number): number {
  return (0.5 * Math.min(left, right) + 0.25 * (left + right)) / contrast
}

const STEPS = new Float64Array(SIDE_ANGLES.length)
const NEAR = new Float64Array(SIDE_ANGLES.length)

/** What `meanStep` can be at most. */
function mostStep(
  working: Raster,
  x: number,
  y: number,
  radius: number,
  half: number,
  side: Ring,
  contrast: number,
): number {
  sampleRing(working, x, y, radius - half, side, NEAR)
  sampleRing(working, x, y, radius + half, side, STEPS)
  let sum = 0
  for (let i = 0; i < STEPS.length; i++) {
    sum += clipped((STEPS[i] as number) - (NEAR[i] as number), contrast)
  }
  return sum / STEPS.length
}

function meanStep(
  working: Raster,
  x: number,
  y: number,
  radius: number,
  half: number,
  side: Ring,
  contrast: number,
): number {
  soleSteps(working, x, y, radius, half, side, STEPS)
  let sum = 0
  for (let i = 0; i < STEPS.length; i++) {
    sum += clipped(STEPS[i] as number, contrast)
  }
  return sum / STEPS.length
}

function clipped(step: number, most: number): number {
  return step > most ? most : step < -most ? -most : step
}

const MOST_DIRECTIONS = 128
const DEEP = new Float64Array(MOST_DIRECTIONS)
const INNER = new Float64Array(MOST_DIRECTIONS)
const OUTER = new Float64Array(MOST_DIRECTIONS)

/** `soleStep` in all directions of a ring (at most 128), into `out`. */
export function soleSteps(
  raster: Raster,
  x: number,
  y: number,
  radius: number,
  half: number,
  ring: Ring,
  out: Float64Array,
): void {
  sampleRing(raster, x, y, radius - half - 2 * half, ring, DEEP)
  sampleRing(raster, x, y, radius - half, ring, INNER)
  sampleRing(raster, x, y, radius + half, ring, OUTER)
  sampleRing(raster, x, y, radius + half + 2 * half, ring, out)
  for (let i = 0; i < ring.cos.length; i++) {
    const inner = INNER[i] as number
    const outer = OUTER[i] as number
    out[i] = lessShading(DEEP[i] as number, inner, outer, out[i] as number)
  }
}

/**
 * The step in grey levels across a radius, less what the shading to both sides of it would give: a
 * slope that goes on (sclera towards the lid's corner) is no edge.
 */
export function soleStep(
  raster: Raster,
  x: number,
  y: number,
  radius: number,
  half: number,
  [dx, dy]: readonly [number, number],
): number {
  const near = radius - half
  const far = radius + half
  const deep = near - 2 * half
  const wide = far + 2 * half
  return lessShading(
    sample(raster, x + dx * deep, y + dy * deep),
    sample(raster, x + dx * near, y + dy * near),
    sample(raster, x + dx * far, y + dy * far),
    sample(raster, x + dx * wide, y + dy * wide),
  )
}

function lessShading(deep: number, inner: number, outer: number, wide: number): number {
  const within = inner > deep ? inner - deep : 0
  const beyond = wide > outer ? wide - outer : 0
  return outer - inner - 0.5 * (beyond + within)
}
