import { lnOf } from './arithmetic.ts'
import { CONTOUR_ANGLES, type Contour, DIRECTIONS, meanRadius } from './contour.ts'
import { soleStep, soleSteps } from './limbus.ts'
import type { Circle, PupilCandidate } from './pupil.ts'
import type { Raster } from './raster.ts'
import { type Ring, ringOf, sampleRing } from './ring.ts'

/*
 * What speaks for a pupil and an outer edge together. Most measures are shares of what this very eye
 * shows (the rise from pupil to iris), not grey levels of some camera, and what the image's border
 * cuts off is left out.
 */

/**
 * Weights of a softmax over the hypotheses of an image, fitted on development subjects' images as
 * they are and transformed (`bench/eye-transforms.ts`), half of the subjects kept to see that it
 * holds; docs/iris.md tells how.
 */
const WEIGHTS = {
  pupilScore: 3.7,
  edgeLevels: 2.15,
  edgeShare: 2.15,
  clearSides: 7.3,
  edgeBelow: 0.6,
  edgeAbove: 0.4,
  unseen: -1.1,
  scleraLevels: 1.7,
  scleraShare: -0.1,
  unevenLevels: -9.2,
  unevenShare: -3.3,
  widePupil: -31,
  narrowPupil: -3.5,
  offMiddle: -98,
  contrast: 0.75,
  pupilEdge: 2.5,
  pupilEdgeMiddle: 1.4,
  pupilEdgeLevels: 1.9,
  pupilLevel: -2.3,
} as const

/** Measures of a pair of boundaries, each from 0 or -1 to about 1. */
export type PairEvidence = { readonly [name in keyof typeof WEIGHTS]: number }

const NAMES = Object.keys(WEIGHTS) as readonly (keyof typeof WEIGHTS)[]

/** Sum of the measures by their weights: the difference of two is the logarithm of their odds. */
export function plausibility(evidence: PairEvidence): number {
  return NAMES.reduce((sum, name) => sum + WEIGHTS[name] * evidence[name], 0)
}

/** Directions of a whole circle, every second of a contour's. */
const COUNT = 64
const ALL: Ring = ringOf(Array.from({ length: COUNT }, (_, i) => i / COUNT))
/** Places in `ALL` where lids seldom reach (30° above to 45° below), straight below and above. */
const RIGHT = placesOf((degrees) => degrees >= 330 || degrees <= 45)
const LEFT = placesOf((degrees) => degrees >= 135 && degrees <= 210)
const SIDES = [...LEFT, ...RIGHT]
const BELOW = placesOf((degrees) => degrees > 50 && degrees < 130)
const ABOVE = placesOf((degrees) => degrees > 215 && degrees < 325)

function placesOf(isMeant: (degrees: number) => boolean): readonly number[] {
  return Array.from({ length: COUNT }, (_, i) => i).filter((i) => isMeant((360 * i) / COUNT))
}

/** Step, grey levels, that shows an edge at all. */
const CLEAR_STEP = 2
/** Pupils are mostly .42 of the iris. */
const USUAL_RATIO = 0.42
/** Deviation in grey levels of an iris with strong texture; lashes and skin have more. */
const USUAL_UNEVENNESS = 20

/**
 * The evidence for a pupil, with the score of its search, and an outer edge. `soft` is the blurred
 * working image without glints.
 */
export function gatherEvidence(
  soft: Raster,
  pupil: PupilCandidate,
  limbus: Circle | Contour,
): PairEvidence {
  const outer = 'radii' in limbus ? circleOf(limbus) : limbus
  const pupilLevel = meanOf(levelsAt(soft, { ...pupil, radius: pupil.radius * 0.5 }, EVERYWHERE))
  const iris = [0.2, 0.35, 0.5, 0.65, 0.8].flatMap((share) =>
    levelsAt(soft, between(pupil, outer, share), SIDES),
  )
  const middle = meanOf(iris)
  const rise = Math.max(LEAST_RISE, middle - pupilLevel)
  const unevenness = Math.sqrt(meanOf(iris.map((level) => (level - middle) * (level - middle))))
  const sclera = [LEFT, RIGHT].flatMap((side) => {
    const levels = [1.12, 1.2].flatMap((share) =>
      levelsAt(soft, between(pupil, outer, share), side),
    )
    return levels.length > 0 ? [meanOf(levels) - middle] : []
  })
  const ratio = lnOf(pupil.radius / outer.radius / USUAL_RATIO)
  const [dx, dy] = [pupil.x - outer.x, pupil.y - outer.y]
  return {
    pupilScore: pupil.score,
    ...edgeEvidence(soft, limbus, outer, rise),
    scleraLevels: meanOf(sclera.map((step) => share(step, 25))),
    scleraShare: Math.min(1, ...sclera.map((step) => share(step, 0.35 * rise))),
    unevenLevels: Math.max(0, unevenness - USUAL_UNEVENNESS) / 100,
    unevenShare: Math.min(2, unevenness / rise),
    widePupil: ratio > 0 ? ratio * ratio : 0,
    narrowPupil: ratio < 0 ? ratio * ratio : 0,
    offMiddle: (dx * dx + dy * dy) / (outer.radius * outer.radius),
    contrast: lnOf(rise / 50),
    ...pupilEvidence(soft, pupil, rise),
    pupilLevel: pupilLevel / 100,
  }
}

/** Rise from pupil to iris, grey levels, below which shares of it mean nothing. */
const LEAST_RISE = 8

function edgeEvidence(soft: Raster, limbus: Circle | Contour, outer: Circle, rise: number) {
  const half = Math.max(2.5, 0.05 * outer.radius)
  const steps = stepsAround(soft, limbus, half)
  const isSeen = seenPlaces(soft, outer, outer.radius + half)
  const full = Math.max(6, Math.min(30, 0.25 * rise))
  const arc = (places: readonly number[], most: number): number => {
    const inside = places.filter((i) => isSeen[i] === 1)
    if (inside.length < 3) return 0
    return meanOf(inside.map((i) => Math.max(-1, Math.min(1, (steps[i] as number) / most))))
  }
  const both = (most: number): number => {
    const [left, right] = [arc(LEFT, most), arc(RIGHT, most)]
    return 0.5 * Math.min(left, right) + 0.25 * (left + right)
  }
  const sides = SIDES.filter((i) => isSeen[i] === 1)
  const clear = sides.filter((i) => (steps[i] as number) > CLEAR_STEP)
  return {
    edgeLevels: both(30),
    edgeShare: both(full),
    clearSides: clear.length / Math.max(1, sides.length),
    edgeBelow: arc(BELOW, full),
    edgeAbove: arc(ABOVE, full),
    unseen: 1 - sides.length / SIDES.length,
  }
}

function pupilEvidence(soft: Raster, pupil: Circle, rise: number) {
  const half = 2 + 0.06 * pupil.radius
  const near = levelsAt(soft, { ...pupil, radius: pupil.radius - half }, EVERYWHERE)
  const far = levelsAt(soft, { ...pupil, radius: pupil.radius + half }, EVERYWHERE)
  const steps = near.map((level, i) => (far[i] as number) - level).sort((a, b) => a - b)
  const quarter = steps[COUNT / 4] as number
  return {
    pupilEdge: quarter / rise,
    pupilEdgeMiddle: (steps[COUNT / 2] as number) / rise,
    pupilEdgeLevels: share(quarter, 20),
  }
}

const STEPS = new Float64Array(COUNT)

/** Steps across an outer edge in all directions, less shading. */
function stepsAround(soft: Raster, limbus: Circle | Contour, half: number): Float64Array {
  if (!('radii' in limbus)) {
    soleSteps(soft, limbus.x, limbus.y, limbus.radius, half, ALL, STEPS)
    return STEPS
  }
  const stride = CONTOUR_ANGLES / COUNT
  for (let i = 0; i < COUNT; i++) {
    const direction = DIRECTIONS[i * stride] as readonly [number, number]
    const radius = limbus.radii[i * stride] as number
    STEPS[i] = soleStep(soft, limbus.x, limbus.y, radius, half, direction)
  }
  return STEPS
}

function circleOf(contour: Contour): Circle {
  return { x: contour.x, y: contour.y, radius: meanRadius(contour) }
}

/** The circle at a share of the way from pupil to outer edge. */
function between(pupil: Circle, outer: Circle, share: number): Circle {
  return {
    x: pupil.x + share * (outer.x - pupil.x),
    y: pupil.y + share * (outer.y - pupil.y),
    radius: pupil.radius + share * (outer.radius - pupil.radius),
  }
}

const EVERYWHERE = placesOf(() => true)
const LEVELS = new Float64Array(COUNT)

/** Levels on a circle in some directions, those outside the image left out unless all are asked for. */
function levelsAt(soft: Raster, circle: Circle, places: readonly number[]): number[] {
  sampleRing(soft, circle.x, circle.y, circle.radius, ALL, LEVELS)
  if (places === EVERYWHERE) return [...LEVELS]
  const isSeen = seenPlaces(soft, circle, circle.radius)
  return places.filter((i) => isSeen[i] === 1).map((i) => LEVELS[i] as number)
}

/** 1 for each direction in which a circle lies inside the image. */
function seenPlaces({ width, height }: Raster, { x, y }: Circle, radius: number): Uint8Array {
  const isSeen = new Uint8Array(COUNT)
  for (let i = 0; i < COUNT; i++) {
    const px = x + (ALL.cos[i] as number) * radius
    const py = y + (ALL.sin[i] as number) * radius
    if (px >= 1 && py >= 1 && px <= width - 2 && py <= height - 2) isSeen[i] = 1
  }
  return isSeen
}

function share(value: number, full: number): number {
  return Math.max(0, Math.min(1, value / full))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
