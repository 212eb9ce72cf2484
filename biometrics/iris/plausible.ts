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
const SIDE_RING: Ring = ringOf(SIDES.map((i) => i / COUNT))
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

/** What an image shows of a pupil, whatever its outer edge. */
export type PupilLook = {
  readonly pupil: PupilCandidate
  readonly level: number
  /** Steps across its edge that three quarters and half of the directions reach, grey levels. */
  readonly quarterStep: number
  readonly middleStep: number
}

/** Looks at a pupil, with the score of its search, in the blurred working image without glints. */
export function lookAtPupil(soft: Raster, pupil: PupilCandidate): PupilLook {
  const { x, y, radius } = pupil
  const half = 2 + 0.06 * radius
  const levels = new Float64Array(COUNT)
  sampleRing(soft, x, y, radius * 0.5, ALL, levels)
  const level = meanOf(levels)
  const steps = new Float64Array(COUNT)
  sampleRing(soft, x, y, radius - half, ALL, levels)
  sampleRing(soft, x, y, radius + half, ALL, steps)
  for (let i = 0; i < COUNT; i++) steps[i] = (steps[i] as number) - (levels[i] as number)
  steps.sort()
  return {
    pupil,
    level,
    quarterStep: steps[COUNT / 4] as number,
    middleStep: steps[COUNT / 2] as number,
  }
}

/** The evidence for a pupil and an outer edge; `soft` is that in which the pupil was looked at. */
export function gatherEvidence(
  soft: Raster,
  { pupil, level, quarterStep, middleStep }: PupilLook,
  limbus: Circle | Contour,
): PairEvidence {
  const outer = 'radii' in limbus ? circleOf(limbus) : limbus
  const iris: number[] = []
  for (const way of [0.2, 0.35, 0.5, 0.65, 0.8]) {
    addSides(soft, between(pupil, outer, way), 0, SIDES.length, iris)
  }
  const middle = meanOf(iris)
  const rise = Math.max(LEAST_RISE, middle - level)
  const unevenness = Math.sqrt(meanOf(iris.map((other) => (other - middle) * (other - middle))))
  const sclera = scleraSteps(soft, pupil, outer, middle)
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
    pupilEdge: quarterStep / rise,
    pupilEdgeMiddle: middleStep / rise,
    pupilEdgeLevels: share(quarterStep, 20),
    pupilLevel: level / 100,
  }
}

/** By how much it is brighter than the iris outside each side of the outer edge that is seen. */
function scleraSteps(soft: Raster, pupil: Circle, outer: Circle, iris: number): number[] {
  const steps: number[] = []
  for (const from of [0, LEFT.length]) {
    const levels: number[] = []
    const to = from === 0 ? LEFT.length : SIDES.length
    for (const way of [1.12, 1.2]) addSides(soft, between(pupil, outer, way), from, to, levels)
    if (levels.length > 0) steps.push(meanOf(levels) - iris)
  }
  return steps
}

/** Rise from pupil to iris, grey levels, below which shares of it mean nothing. */
const LEAST_RISE = 8

function edgeEvidence(soft: Raster, limbus: Circle | Contour, outer: Circle, rise: number) {
  const half = Math.max(2.5, 0.05 * outer.radius)
  const steps = stepsAround(soft, limbus, half)
  const isSeen = seenPlaces(soft, outer, outer.radius + half)
  const full = Math.max(6, Math.min(30, 0.25 * rise))
  const arc = (places: readonly number[], most: number) => arcMean(steps, isSeen, places, most)
  const both = (most: number): number => {
    const [left, right] = [arc(LEFT, most), arc(RIGHT, most)]
    return 0.5 * Math.min(left, right) + 0.25 * (left + right)
  }
  let [seen, clear] = [0, 0]
  for (const i of SIDES) {
    if (isSeen[i] !== 1) continue
    seen++
    if ((steps[i] as number) > CLEAR_STEP) clear++
  }
  return {
    edgeLevels: both(30),
    edgeShare: both(full),
    clearSides: clear / Math.max(1, seen),
    edgeBelow: arc(BELOW, full),
    edgeAbove: arc(ABOVE, full),
    unseen: 1 - seen / SIDES.length,
  }
}

/** Mean of steps as shares of the most that counts, -1..1; 0 where too few are seen. */
function arcMean(
  steps: Float64Array,
  isSeen: Uint8Array,
  places: readonly number[],
  most: number,
): number {
  let [sum, count] = [0, 0]
  for (const i of places) {
    if (isSeen[i] !== 1) continue
    sum += Math.max(-1, Math.min(1, (steps[i] as number) / most))
    count++
  }
  return count < 3 ? 0 : sum / count
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

const LEVELS = new Float64Array(SIDES.length)

/** Adds the levels on a circle in the directions `from` to `to` of `SIDES` that the image shows. */
function addSides(
  soft: Raster,
  { x, y, radius }: Circle,
  from: number,
  to: number,
  levels: number[],
): void {
  sampleRing(soft, x, y, radius, SIDE_RING, LEVELS, from, to)
  for (let i = from; i < to; i++) {
    const px = x + (SIDE_RING.cos[i] as number) * radius
    const py = y + (SIDE_RING.sin[i] as number) * radius
    const isSeen = px >= 1 && py >= 1 && px <= soft.width - 2 && py <= soft.height - 2
    if (isSeen) levels.push(LEVELS[i] as number)
  }
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

function meanOf(values: readonly number[] | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / Math.max(1, values.length)
}
