import { kernelPupilCircles } from './kernel-search.ts'
import type { Raster } from './raster.ts'
import { type Ring, ringOf, sampleRing, sampleRings } from './ring.ts'

/** A circle in pixels. */
export type Circle = { readonly x: number; readonly y: number; readonly radius: number }

/** A circle that may be a pupil; `score` 0..1 is higher for a complete dark-to-bright edge. */
export type PupilCandidate = Circle & { readonly score: number }

const ANGLES = 24
/** Grey level of the spread image above which no pupil's middle lies. */
const BRIGHTEST_MIDDLE = 110
const RING: Ring = ringOf(Array.from({ length: ANGLES }, (_, i) => (i + 0.5) / ANGLES))
/** A circle that scores less is no candidate. */
const LEAST_SCORE = 0.2
/** Circles whose evenness is looked at. */
const MOST_RANKED = 300
/** Four interleaved grids that together hold every second place. */
const GRIDS = [
  [0, 0],
  [2, 2],
  [2, 0],
  [0, 2],
] as const

/**
 * Circles in `small` (half the working scale, blurred, glints filled) with a step from dark to
 * bright all around, best first, at most `count`, none near another of like radius.
 * `contrast` is the step in grey levels that counts as full.
 */
export function findPupilCandidates(
  small: Raster,
  contrast: number,
  count: number,
): readonly PupilCandidate[] {
  const found = clearestEdges(small, contrast)
  const even = evennessOf(small, found)
  const ranked = found
    .map((candidate, i) => ({ ...candidate, score: candidate.score * (even[i] as number) }))
    .sort(byScore)
  const kept: PupilCandidate[] = []
  for (const candidate of ranked) {
    if (kept.length === count) break
    if (!kept.some((other) => isNear(candidate, other))) kept.push(candidate)
  }
  return kept
}

/** The circles with the most complete edges, best first, one radius a place. */
function clearestEdges(small: Raster, contrast: number): PupilCandidate[] {
  const rules = { brightest: BRIGHTEST_MIDDLE, leastScore: LEAST_SCORE, wanted: MOST_RANKED }
  const circles = kernelPupilCircles(small, RING, { contrast, ...rules })
  if (circles) return circles.sort(byScore).slice(0, MOST_RANKED)
  let found: PupilCandidate[] = []
  let enough = LEAST_SCORE
  // A coarse grid first: it soon shows what a circle must reach to be among the best.
  for (const [startX, startY] of GRIDS) {
    for (let y = 4 + startY; y < small.height - 4; y += 4) {
      searchRow(small, 4 + startX, y, contrast, enough, found)
      if (found.length < 1.2 * MOST_RANKED) continue
      found = found.sort(byScore).slice(0, MOST_RANKED)
      enough = found[MOST_RANKED - 1]?.score ?? LEAST_SCORE
    }
  }
  return found.sort(byScore).slice(0, MOST_RANKED)
}

/** Every fourth place of a row from `startX`; what is `enough` goes to `found`. */
function searchRow(
  small: Raster,
  startX: number,
  y: number,
  contrast: number,
  enough: number,
  found: PupilCandidate[],
): void {
  const least = Math.max(5, small.height * 0.035)
  const most = small.height * 0.32
  for (let x = startX; x < small.width - 4; x += 4) {
    // A pupil's middle is dark against the rest; most of an image is skin or sclera.
    if ((small.data[y * small.width + x] as number) > BRIGHTEST_MIDDLE) continue
    const candidate = bestRadius(small, x, y, least, most, contrast, enough)
    if (candidate) found.push(candidate)
  }
}

function byScore(a: PupilCandidate, b: PupilCandidate): number {
  return b.score - a.score || a.y - b.y || a.x - b.x
}

/** Shares of a pupil's radius at which its levels are compared. */
const INSIDE = [0.2, 0.45, 0.65, 0.8] as const

/** For each disc 1 where it is of one level, less where lashes or lid make it uneven (glints are filled before). */
function evennessOf(small: Raster, discs: readonly Circle[]): readonly number[] {
  const circles = new Float64Array(3 * INSIDE.length * discs.length)
  discs.forEach(({ x, y, radius }, i) => {
    INSIDE.forEach((share, k) => {
      circles.set([x, y, radius * share], 3 * (i * INSIDE.length + k))
    })
  })
  const levels = sampleRings(small, circles, RING)
  const count = INSIDE.length * ANGLES
  return discs.map((_, i) => evenness(levels.subarray(i * count, (i + 1) * count)))
}

function evenness(levels: Float64Array): number {
  let sum = 0
  let squares = 0
  const count = levels.length
  for (let i = 0; i < count; i++) {
    const level = levels[i] as number
    sum += level
    squares += level * level
  }
  const variance = Math.max(0, squares / count - (sum / count) * (sum / count))
  return 1 / (1 + variance / 400)
}

function isNear(a: Circle, b: Circle): boolean {
  const reach = 0.5 * Math.max(a.radius, b.radius)
  const isConcentric = (a.x - b.x) ** 2 + (a.y - b.y) ** 2 < reach * reach
  const ratio = a.radius / b.radius
  return isConcentric && ratio > 0.7 && ratio < 1.4
}

/** The radius with the best edge around a place, or undefined where none is `enough`. */
function bestRadius(
  small: Raster,
  x: number,
  y: number,
  least: number,
  most: number,
  contrast: number,
  enough: number,
): PupilCandidate | undefined {
  // As good as what is enough may still win by its place.
  let best = enough > LEAST_SCORE ? enough - 1e-9 : LEAST_SCORE
  let at = 0
  for (let radius = least; radius <= most; radius += 1 + radius / 24) {
    const score = edgeScore(small, x, y, radius, contrast, best)
    if (score > best) {
      best = score
      at = radius
    }
  }
  return at > 0 ? { x, y, radius: at, score: best } : undefined
}

/** Directions looked at before it is asked again whether the rest can still help. */
const CHUNK = 4
const NEAR = new Float64Array(ANGLES)
const FAR = new Float64Array(ANGLES)

/**
 * Mean clipped step across the circle in -1..1, lowered by a bright middle; 0 as soon as full steps
 * for the rest would not reach more than `enough`.
 */
function edgeScore(
  small: Raster,
  x: number,
  y: number,
  radius: number,
  contrast: number,
  enough: number,
): number {
  const half = 2 + 0.06 * radius
  let sum = 0
  let inside = 0
  for (let from = 0; from < ANGLES; from += CHUNK) {
    sampleRing(small, x, y, radius - half, RING, NEAR, from, from + CHUNK)
    sampleRing(small, x, y, radius + half, RING, FAR, from, from + CHUNK)
    for (let i = from; i < from + CHUNK; i++) {
      const near = NEAR[i] as number
      const step = (FAR[i] as number) - near
      inside += near
      sum += step > contrast ? contrast : step < -contrast ? -contrast : step
    }
    const left = (ANGLES - from - CHUNK) * contrast
    // What is inside only grows, so its darkness only falls.
    const possible = ((sum + left) / (ANGLES * contrast)) * darkness(inside / ANGLES)
    if (possible < enough - 1e-9) return 0
    // A third without an edge is none.
    if (from + CHUNK === 8 && sum < 0) return 0
  }
  return (sum / (ANGLES * contrast)) * darkness(inside / ANGLES)
}

/** 1 for black, falling slowly: a bright disc with a brighter surround is no pupil. */
function darkness(level: number): number {
  return 1 - Math.max(0, level - 40) / 200
}
