import type { Circle } from './pupil.ts'
import { type Raster, sample } from './raster.ts'

/** A circle that may be the outer edge of the iris; `score` -1..1 rates both sides of its edge. */
export type LimbusCandidate = Circle & { readonly score: number }

/** Directions beside the pupil that lids seldom cover: 30° above to 45° below the horizontal. */
const SIDE_ANGLES: readonly number[] = Array.from({ length: 11 }, (_, i) => -30 + 7.5 * i)
const RIGHT: Directions = SIDE_ANGLES.map((degrees) => direction(degrees))
const LEFT: Directions = SIDE_ANGLES.map((degrees) => direction(180 - degrees))

const BOTH: Directions = [...LEFT, ...RIGHT]

type Directions = readonly (readonly [number, number])[]

function direction(degrees: number): readonly [number, number] {
  const angle = (degrees * Math.PI) / 180
  return [Math.cos(angle), Math.sin(angle)]
}

/**
 * Limbus circles around a pupil, best first, at most `count`, told apart by radius. `working` is
 * blurred and without glints; `contrast` is the step in grey levels that counts as full.
 */
export function findLimbusCandidates(
  working: Raster,
  pupil: Circle,
  contrast: number,
  count: number,
): readonly LimbusCandidate[] {
  const least = Math.max(pupil.radius * 1.25, working.height * 0.16)
  const most = Math.min(pupil.radius * 8, working.height * 0.62)
  const bestByRadius: LimbusCandidate[] = []
  for (let radius = least; radius <= most; radius += 2) {
    bestByRadius.push(bestCentre(working, pupil, radius, contrast))
  }
  const peaks = bestByRadius.filter((candidate, i) => {
    const before = bestByRadius[i - 1]?.score ?? -1
    const after = bestByRadius[i + 1]?.score ?? -1
    return candidate.score >= before && candidate.score > after
  })
  peaks.sort((a, b) => b.score - a.score || a.radius - b.radius)
  return peaks.slice(0, count)
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
  for (let dy = -reach; dy <= reach; dy += reach / 3) {
    for (let dx = -reach; dx <= reach; dx += reach / 4) {
      const x = pupil.x + dx
      const y = pupil.y + dy
      const distance = (dx * dx + dy * dy) / (radius * radius)
      const score = sideScore(working, x, y, radius, contrast) - 2 * distance
      if (score > best.score) best = { x, y, radius, score }
    }
  }
  return best
}

/**
 * Share 0..1 of both sides on which it is brighter outside the limbus than in the iris, by `contrast`
 * grey levels or more: the sclera is, what lies around a collarette is still iris.
 */
export function scleraShare(
  working: Raster,
  pupil: Circle,
  limbus: Circle,
  contrast: number,
): number {
  const iris = mean(
    [0.4, 0.6, 0.8].flatMap((share) => ringLevels(working, pupil, limbus, share, BOTH)),
  )
  const sides = [LEFT, RIGHT].map((side) => {
    const levels = [1.12, 1.2].flatMap((share) => ringLevels(working, pupil, limbus, share, side))
    return Math.max(0, Math.min(1, (mean(levels) - iris) / contrast))
  })
  return mean(sides)
}

/** Levels in some directions at a share of the way from pupil to limbus. */
function ringLevels(
  working: Raster,
  pupil: Circle,
  limbus: Circle,
  share: number,
  directions: Directions,
): readonly number[] {
  const radius = pupil.radius + share * (limbus.radius - pupil.radius)
  const x = pupil.x + share * (limbus.x - pupil.x)
  const y = pupil.y + share * (limbus.y - pupil.y)
  return directions.map(([dx, dy]) => sample(working, x + dx * radius, y + dy * radius))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Deviation in grey levels of the iris beside the pupil: lashes and skin are far less even. */
export function sideUnevenness(working: Raster, pupil: Circle, limbus: Circle): number {
  const levels = [0.2, 0.35, 0.5, 0.65, 0.8].flatMap((share) =>
    ringLevels(working, pupil, limbus, share, BOTH),
  )
  const middle = mean(levels)
  return Math.sqrt(mean(levels.map((level) => (level - middle) ** 2)))
}

function sideScore(
  working: Raster,
  x: number,
  y: number,
  radius: number,
  contrast: number,
): number {
  const half = Math.max(2.5, 0.05 * radius)
  const right = meanStep(working, x, y, radius, half, RIGHT, contrast)
  const left = meanStep(working, x, y, radius, half, LEFT, contrast)
  // Both sides must show an edge: the weaker one counts as much as their mean.
  return (0.5 * Math.min(left, right) + 0.25 * (left + right)) / contrast
}

function meanStep(
  working: Raster,
  x: number,
  y: number,
  radius: number,
  half: number,
  directions: Directions,
  contrast: number,
): number {
  let sum = 0
  for (const direction of directions) {
    const step = soleStep(working, x, y, radius, half, direction)
    sum += Math.max(-contrast, Math.min(contrast, step))
  }
  return sum / directions.length
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
  const inner = sample(raster, x + dx * near, y + dy * near)
  const outer = sample(raster, x + dx * far, y + dy * far)
  const within = Math.max(0, inner - sample(raster, x + dx * deep, y + dy * deep))
  const beyond = Math.max(0, sample(raster, x + dx * wide, y + dy * wide) - outer)
  return outer - inner - 0.5 * (beyond + within)
}
