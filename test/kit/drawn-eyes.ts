import type { GreyImage } from '../../protocol/image.ts'
import { seededWords } from './iris-codes.ts'

/** How to draw an eye; lengths in pixels, angles in degrees clockwise. */
export type DrawnEye = {
  readonly width?: number
  readonly height?: number
  readonly pupil?: { readonly x: number; readonly y: number; readonly radius: number }
  readonly limbus?: { readonly x: number; readonly y: number; readonly radius: number }
  /** Seed of the iris's texture: the identity of the eye. */
  readonly texture: number
  readonly turn?: number
  /** Amplitude of the sensor's noise, grey levels, and its seed. */
  readonly noise?: number
  readonly noiseSeed?: number
  /** Share 0..1 of the iris's diameter that each lid covers. */
  readonly upperLid?: number
  readonly lowerLid?: number
  readonly hasLashes?: boolean
  readonly hasGlasses?: boolean
  /** A level that a set's makers have painted the pupil with, a hard edge to the last pixel. */
  readonly paintedPupil?: number
}

export const USUAL_PUPIL = { x: 165, y: 122, radius: 32 } as const
export const USUAL_LIMBUS = { x: 162, y: 121, radius: 82 } as const

/** Draws a simple near-infrared eye: pupil, textured iris, sclera, lids, lashes, a glint. */
export function drawEye(eye: DrawnEye): GreyImage {
  const { width = 320, height = 240 } = eye
  const levelAt = scene(eye)
  const next = seededWords(eye.noiseSeed ?? 1)
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
    const grain = ((next() % 1001) / 500 - 1) * (eye.noise ?? 3)
    return Math.max(0, Math.min(255, levelAt(i % width, Math.floor(i / width)) + grain))
  })
  return { width, height, pixels }
}

/** What hides a drawn eye at a place, if anything does. */
export type Cover = 'glint' | 'lash' | 'lid' | 'reflection' | 'rim'

/** What hides each place of a drawn eye: the truth that a mask is held to. */
export function coverOf(eye: DrawnEye): (x: number, y: number) => Cover | undefined {
  const { pupil = USUAL_PUPIL, limbus = USUAL_LIMBUS } = eye
  const upper = limbus.y - limbus.radius * (1 - 2 * (eye.upperLid ?? 0.06))
  const lower = limbus.y + limbus.radius * (1 - 2 * (eye.lowerLid ?? 0.03))
  return (x, y) => {
    const glasses = eye.hasGlasses ? glassesAt(x, y, limbus) : undefined
    if (glasses) return glasses
    const bend = ((x - limbus.x) / limbus.radius) ** 2 * 0.25 * limbus.radius
    if (Math.hypot(x - pupil.x - 6, y - pupil.y - 8) < 0.12 * pupil.radius) return 'glint'
    if (eye.hasLashes && isLash(x, y, upper + bend, limbus)) return 'lash'
    return y < upper + bend || y > lower - bend ? 'lid' : undefined
  }
}

/** The lens's reflections of both lamps beside the pupil, and a dark rim below the eye. */
function glassesAt(x: number, y: number, { x: x0, y: y0, radius }: Disc): Cover | undefined {
  const isSpot = (dx: number, dy: number) =>
    ((x - x0 - dx * radius) / 0.13) ** 2 + ((y - y0 - dy * radius) / 0.1) ** 2 < radius ** 2
  if (isSpot(-0.62, 0.3) || isSpot(0.66, -0.28)) return 'reflection'
  return Math.abs(y - y0 - 1.22 * radius) < 0.05 * radius ? 'rim' : undefined
}

const COVER_LEVELS: { readonly [of in Cover]: number } = {
  glint: 250,
  lash: 30,
  lid: 185,
  reflection: 252,
  rim: 25,
}

/** The grey level at each place, before noise. */
function scene(eye: DrawnEye): (x: number, y: number) => number {
  const { pupil = USUAL_PUPIL, limbus = USUAL_LIMBUS } = eye
  const texture = irisTexture(eye.texture)
  const coverAt = coverOf(eye)
  return (x, y) => {
    const cover = coverAt(x, y)
    if (cover) return COVER_LEVELS[cover]
    const { paintedPupil } = eye
    if (paintedPupil && Math.hypot(x - pupil.x, y - pupil.y) < pupil.radius) return paintedPupil
    return eyeball(x, y, pupil, limbus, texture, eye.turn ?? 0)
  }
}

type Disc = { readonly x: number; readonly y: number; readonly radius: number }

function eyeball(
  x: number,
  y: number,
  pupil: Disc,
  limbus: Disc,
  texture: (angle: number, share: number) => number,
  turn: number,
): number {
  const inner = Math.hypot(x - pupil.x, y - pupil.y) - pupil.radius
  const outer = limbus.radius - Math.hypot(x - limbus.x, y - limbus.y)
  const angle = Math.atan2(y - pupil.y, x - pupil.x) - (turn * Math.PI) / 180
  if (inner < -4) return 12
  if (outer < -12) return 170
  const iris = 105 + texture(angle, inner / Math.max(1, inner + outer))
  // Edges are as soft as optics make them: one pixel at the pupil, three at the limbus.
  const withSclera = 170 + (iris - 170) * soft(outer / 3)
  return 12 + (withSclera - 12) * soft(inner)
}

function soft(distance: number): number {
  return 1 / (1 + Math.exp(-2 * distance))
}

function isLash(x: number, y: number, lid: number, limbus: Disc): boolean {
  const offset = y - lid
  return Math.abs(x - limbus.x) < limbus.radius && offset > -3 && offset < 14 && (x * 7) % 40 < 9
}

/** Random waves around the iris, each at its own place between pupil and limbus; about ±35 levels. */
function irisTexture(seed: number): (angle: number, share: number) => number {
  const next = seededWords(seed)
  const chance = () => (next() % 10_000) / 10_000
  const waves = Array.from({ length: 90 }, () => ({
    count: 6 + Math.floor(70 * chance() ** 1.5),
    phase: 2 * Math.PI * chance(),
    middle: chance(),
    breadth: 0.06 + 0.12 * chance(),
    slant: 6 * (chance() - 0.5),
  }))
  return (angle, share) => {
    let sum = 0
    for (const { count, phase, middle, breadth, slant } of waves) {
      const distance = (share - middle) / breadth
      if (Math.abs(distance) > 2) continue
      sum += Math.cos(count * angle + phase + slant * share) * Math.exp(-distance * distance)
    }
    return Math.max(-45, Math.min(45, 8 * sum))
  }
}

/** Uniform noise: an image with nothing in it. */
export function drawNoise(width: number, height: number, seed: number): GreyImage {
  const next = seededWords(seed)
  return { width, height, pixels: Uint8Array.from({ length: width * height }, () => next() & 0xff) }
}
