import { type Field, fieldAt } from './field.ts'
import { type Geometry, LID_REACH, LID_STEPS } from './geometry.ts'
import { type Subject, TEXTURE_COLUMNS, TEXTURE_ROWS } from './subject.ts'

/** What the painter is given: who, where, and the surfaces that are not the iris. */
export type Scene = {
  readonly subject: Subject
  readonly geometry: Geometry
  /** Relief of the iris under this light, mixed with the lasting texture. */
  readonly relief: { readonly field: Field; readonly shift: number; readonly ratio: number }
  /** Grain of skin and sclera, wrapping both ways in use. */
  readonly grain: Field
  /** Opening of the upper lid, 0 shut to 1 as usual: a shut lid has no crease. */
  readonly opening: number
}

/** Grey levels of the sharp, noiseless scene without lashes and glints, row by row. */
export function paintEye(scene: Scene, width: number, height: number): Float32Array {
  const { geometry } = scene
  const { centre, cos, sin, radius, upper, lower } = geometry
  const image = new Float32Array(width * height)
  const last = upper.length - 2
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(x - centre.x) / radius, (y - centre.y) / radius]
      const u = dx * cos + dy * sin
      const v = dy * cos - dx * sin
      const at = Math.min(Math.max(Math.floor((u + LID_REACH) * LID_STEPS), 0), last)
      const below = v - (upper[at] as number)
      const above = (lower[at] as number) - v
      // Half a pixel on each side of the edge is neither lid nor eye.
      const cover = clamp01(0.5 + Math.min(below, above) * radius * 0.7)
      let grey = 0
      if (cover > 0) grey += cover * paintBall(scene, u, v, below, above)
      if (cover < 1) grey += (1 - cover) * paintSkin(scene, u, v, below, above)
      image[y * width + x] = grey
    }
  }
  return image
}

const PUPIL_GREY = 9

function paintBall(scene: Scene, u: number, v: number, below: number, above: number): number {
  const { subject, geometry } = scene
  const { iris, pupil, gaze } = geometry
  // Undo the foreshortening: stretch along the gaze.
  const stretch = 1 / gaze.shorten - 1
  const [du, dv] = [u - iris.u, v - iris.v]
  const along = (du * gaze.du + dv * gaze.dv) * stretch
  const [irisU, irisV] = [du + along * gaze.du, dv + along * gaze.dv]
  const distance = Math.sqrt(irisU * irisU + irisV * irisV)
  const softness = subject.limbusSoftness
  const inside = sigmoid((1 - distance) / softness)
  let grey = inside < 1 ? (1 - inside) * paintSclera(scene, u, v, distance) : 0
  if (inside > 0.001) {
    const [offU, offV] = [pupil.u - iris.u, pupil.v - iris.v]
    grey += inside * paintIris(scene, irisU, irisV, offU, offV)
  }
  // The upper lid and its lashes shade the eye below them; the lower lid does so a little.
  return grey * (1 - 0.42 * Math.exp(-below / 0.16)) * (1 - 0.12 * Math.exp(-above / 0.05))
}

function paintIris(scene: Scene, u: number, v: number, offU: number, offV: number): number {
  const { subject, geometry, relief } = scene
  const { ratio } = geometry.pupil
  // Rubber sheet with two centres: a share s of the way out, the middle has moved by s as well.
  let share = (Math.sqrt(u * u + v * v) - ratio) / (1 - ratio)
  let [x, y] = [u, v]
  for (let i = 0; i < 2; i++) {
    const left = 1 - clamp01(share)
    x = u - offU * left
    y = v - offV * left
    share = (Math.sqrt(x * x + y * y) - ratio) / (1 - ratio)
  }
  const angle = Math.atan2(y, x)
  const column = ((angle + Math.PI) / (2 * Math.PI)) * TEXTURE_COLUMNS
  const s = clamp01(share)
  // The stretch is not even: a wide pupil presses the inner zone more than the outer.
  const bent = s + 0.35 * (ratio - 0.4) * s * (1 - s)
  const row = bent * (TEXTURE_ROWS - 1)
  const lasting = fieldAt(subject.iris, column, row)
  const passing = fieldAt(relief.field, column + relief.shift, row)
  const level =
    subject.grey.iris +
    subject.contrast * (lasting + relief.ratio * passing) -
    20 * s ** 6 +
    5 * (1 - s)
  // A ruff of pigment, one step darker, rims the pupil.
  const edge = (share * (1 - ratio)) / 0.012
  const open = sigmoid(edge)
  const ruff = 1 - 0.25 * Math.exp(-((edge / 4) ** 2))
  return PUPIL_GREY + (Math.max(level, 30) * ruff - PUPIL_GREY) * open
}

function paintSclera(scene: Scene, u: number, v: number, distance: number): number {
  const { subject, grain, geometry } = scene
  const nasal = geometry.nasal * u
  const cloud = fieldAt(grain, u * 40 + 300, wrapRow(grain, v * 40 + 7))
  const vein = fieldAt(grain, u * 23 + v * 9 + 100, wrapRow(grain, v * 31 + u * 6))
  // Thin dark lines where a smooth field crosses zero.
  const vessels = 9 * Math.exp(-((vein / 0.07) ** 2)) * clamp01(distance - 1.05)
  const roundness = 26 * clamp01((distance - 0.95) / 1.4) ** 2
  const caruncle = 30 * clamp01((nasal - 1.95) / 0.3)
  return subject.grey.sclera + 3 * cloud - vessels - roundness - caruncle
}

function paintSkin(scene: Scene, u: number, v: number, below: number, above: number): number {
  const { subject, grain, opening } = scene
  const base = subject.grey.skin
  const pores = fieldAt(grain, u * 160, wrapRow(grain, v * 160))
  const folds = fieldAt(grain, u * 14 + 60, wrapRow(grain, v * 30 + 50))
  const light = base - 4 * u + 6 * folds + 5 * pores
  if (above < below) return light + lowerLid(-above)
  return light + upperLid(-below, subject.lid.crease, Math.min(1, opening))
}

function upperLid(height: number, crease: number, opening: number): number {
  const margin = -58 * Math.exp(-((height / 0.055) ** 2))
  const plate = -26 * Math.exp(-height / 0.25)
  const fold = -46 * opening * Math.exp(-(((height - crease) / 0.05) ** 2))
  const overFold = 12 * opening * sigmoid((height - crease - 0.08) / 0.03)
  return margin + plate + fold + overFold - 14 * clamp01(height - 0.8)
}

function lowerLid(depth: number): number {
  // The wet edge shines, then a soft shadow, then the cheek.
  const wet = 34 * Math.exp(-(((depth - 0.035) / 0.03) ** 2))
  const pouch = -16 * Math.exp(-(((depth - 0.42) / 0.09) ** 2))
  return wet + pouch + 10 * clamp01(depth - 0.1)
}

/** Folds a row back and forth, so that a field without a seam covers any height. */
function wrapRow({ rows }: Field, row: number): number {
  const period = 2 * (rows - 1)
  const within = ((row % period) + period) % period
  return within < rows - 1 ? within : period - within
}

function sigmoid(x: number): number {
  return x > 8 ? 1 : x < -8 ? 0 : 1 / (1 + Math.exp(-x * 1.7))
}

function clamp01(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value
}
