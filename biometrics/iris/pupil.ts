import { type Raster, sample } from './raster.ts'

/** A circle in pixels. */
export type Circle = { readonly x: number; readonly y: number; readonly radius: number }

/** A circle that may be a pupil; `score` 0..1 is higher for a complete dark-to-bright edge. */
export type PupilCandidate = Circle & { readonly score: number }

const ANGLES = 24
/** Grey level of the spread image above which no pupil's middle lies. */
const BRIGHTEST_MIDDLE = 110
const DIRECTIONS: readonly (readonly [number, number])[] = Array.from(
  { length: ANGLES },
  (_, i) => {
    const angle = (2 * Math.PI * (i + 0.5)) / ANGLES
    return [Math.cos(angle), Math.sin(angle)] as const
  },
)

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
  const found: PupilCandidate[] = []
  const leastRadius = Math.max(5, small.height * 0.035)
  const mostRadius = small.height * 0.32
  for (let y = 4; y < small.height - 4; y += 2) {
    for (let x = 4; x < small.width - 4; x += 2) {
      // A pupil's middle is dark against the rest; most of an image is skin or sclera.
      if ((small.data[y * small.width + x] as number) > BRIGHTEST_MIDDLE) continue
      const candidate = bestRadius(small, x, y, leastRadius, mostRadius, contrast)
      if (candidate.score > 0.2) found.push(candidate)
    }
  }
  const ranked = found
    .sort(byScore)
    .slice(0, 300)
    .map((candidate) => ({ ...candidate, score: candidate.score * evenness(small, candidate) }))
    .sort(byScore)
  const kept: PupilCandidate[] = []
  for (const candidate of ranked) {
    if (kept.length === count) break
    if (!kept.some((other) => isNear(candidate, other))) kept.push(candidate)
  }
  return kept
}

function byScore(a: PupilCandidate, b: PupilCandidate): number {
  return b.score - a.score || a.y - b.y || a.x - b.x
}

/** 1 for a disc of one level, less where lashes or lid make it uneven (glints are filled before). */
function evenness(small: Raster, { x, y, radius }: Circle): number {
  let sum = 0
  let squares = 0
  for (const share of [0.2, 0.45, 0.65, 0.8]) {
    for (const [dx, dy] of DIRECTIONS) {
      const level = sample(small, x + dx * radius * share, y + dy * radius * share)
      sum += level
      squares += level * level
    }
  }
  const count = 4 * ANGLES
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
  return 1 / (1 + (deviation / 20) ** 2)
}

function isNear(a: Circle, b: Circle): boolean {
  const reach = 0.5 * Math.max(a.radius, b.radius)
  const isConcentric = (a.x - b.x) ** 2 + (a.y - b.y) ** 2 < reach * reach
  const ratio = a.radius / b.radius
  return isConcentric && ratio > 0.7 && ratio < 1.4
}

function bestRadius(
  small: Raster,
  x: number,
  y: number,
  least: number,
  most: number,
  contrast: number,
): PupilCandidate {
  let best: PupilCandidate = { x, y, radius: least, score: 0 }
  for (let radius = least; radius <= most; radius += 1 + radius / 24) {
    const score = edgeScore(small, x, y, radius, contrast)
    if (score > best.score) best = { x, y, radius, score }
  }
  return best
}

/** Mean clipped step across the circle in -1..1, lowered by a bright middle. */
function edgeScore(small: Raster, x: number, y: number, radius: number, contrast: number): number {
  const half = 2 + 0.06 * radius
  const inner = radius - half
  const outer = radius + half
  let sum = 0
  let inside = 0
  for (let i = 0; i < ANGLES; i++) {
    const [dx, dy] = DIRECTIONS[i] as readonly [number, number]
    const near = sample(small, x + dx * inner, y + dy * inner)
    const step = sample(small, x + dx * outer, y + dy * outer) - near
    inside += near
    sum += Math.max(-contrast, Math.min(contrast, step))
    // Not even full steps for the rest would reach a candidate.
    if (i === 7 && sum < 0) return 0
  }
  return (sum / (ANGLES * contrast)) * darkness(inside / ANGLES)
}

/** 1 for black, falling slowly: a bright disc with a brighter surround is no pupil. */
function darkness(level: number): number {
  return 1 - Math.max(0, level - 40) / 200
}
