import { createRandom, type Random, seedOf } from '../../sim/random.ts'
import type { CaptureConditions } from './conditions.ts'
import { type Geometry, lidAt, type Point, toImage } from './geometry.ts'
import type { Subject } from './subject.ts'

const LASH_GREY = 26

/** Draws the lashes of both lids over the painted eye. */
export function drawLashes(
  image: Float32Array,
  width: number,
  subject: Subject,
  geometry: Geometry,
  capture: CaptureConditions,
): void {
  const cover = new Float32Array(image.length)
  // Lashes are the person's; each frame moves them a little.
  const lasting = createRandom(subject.seed, seedOf(`lashes ${subject.eye}`))
  const passing = createRandom(capture.seed, seedOf('lashes'))
  const wobble = (): number => 0.012 * passing.normal()
  const { count, length, droop } = subject.lashes
  const shut = 1 - Math.min(1, capture.opening)
  const thickness = geometry.radius / 88
  for (let i = 0; i < count; i++) {
    const u = -2.2 + (4.4 * (i + 3 * lasting.next())) / count
    const size = length * lasting.between(0.6, 1.15) * (1 - 0.04 * u * u)
    // From above (-1) to below (+1) the edge; a lowered lid turns its lashes down.
    const pitch = Math.min(1, -0.75 + 2.1 * lasting.next() ** (0.5 / droop) + 1.3 * shut)
    const fan = 0.28 * u + 0.3 * lasting.normal()
    const root = lidAt(geometry.upper, u) - 0.01 + wobble()
    drawLash(cover, width, geometry, thickness * lasting.between(0.7, 1.25), [
      { u, v: root },
      { u: u + 0.25 * fan * size, v: root + 0.5 * size * Math.max(pitch, -0.2) + 0.1 * size },
      { u: u + fan * size + wobble(), v: root + size * pitch + wobble() },
    ])
  }
  for (let i = 0; i < count * 0.55; i++) {
    const u = -2 + (4 * (i + 4 * lasting.next())) / (count * 0.55)
    const size = length * lasting.between(0.25, 0.6)
    const fan = 0.45 * u + 0.35 * lasting.normal()
    const root = lidAt(geometry.lower, u) + 0.06 + wobble()
    drawLash(cover, width, geometry, thickness * lasting.between(0.45, 0.8), [
      { u, v: root },
      { u: u + 0.2 * fan * size, v: root + 0.6 * size },
      { u: u + fan * size + wobble(), v: root + size * 0.85 + wobble() },
    ])
  }
  for (let i = 0; i < image.length; i++) {
    const alpha = cover[i] as number
    if (alpha > 0) image[i] = (image[i] as number) * (1 - alpha) + LASH_GREY * alpha
  }
}

/** Draws the mirror images of the lit illuminators on the cornea, and small ones on the wet lid. */
export function drawGlints(
  image: Float32Array,
  width: number,
  geometry: Geometry,
  capture: CaptureConditions,
): void {
  const random: Random = createRandom(capture.seed, seedOf('glints'))
  const { iris, radius, upper, lower } = geometry
  // The cornea is a mirror of about half the eyeball's radius: glints move half as far as the gaze.
  const [u, v] = [0.55 * iris.u, 0.55 * iris.v]
  const sides = [
    { bit: 0b01, shift: -0.11 },
    { bit: 0b10, shift: 0.11 },
  ]
  for (const { bit, shift } of sides) {
    if ((capture.illumination & bit) === 0) continue
    const at = { u: u + shift + 0.01 * random.normal(), v: v - 0.06 + 0.01 * random.normal() }
    const isOpen = at.v > lidAt(upper, at.u) + 0.03 && at.v < lidAt(lower, at.u) - 0.03
    if (isOpen) drawSpot(image, width, toImage(geometry, at.u, at.v), 0.042 * radius, 330)
  }
  for (let i = 0; i < 5; i++) {
    const along = random.between(-0.5, 0.5)
    const edge = lidAt(lower, along) + random.between(0.01, 0.06)
    drawSpot(
      image,
      width,
      toImage(geometry, along, edge),
      random.between(0.008, 0.022) * radius,
      190,
    )
  }
}

type Orbit = { readonly u: number; readonly v: number }

function drawLash(
  cover: Float32Array,
  width: number,
  geometry: Geometry,
  thickness: number,
  [root, bend, tip]: readonly [Orbit, Orbit, Orbit],
): void {
  const length = Math.hypot(tip.u - root.u, tip.v - root.v) * geometry.radius
  const steps = Math.max(4, Math.ceil(1.6 * length))
  for (let i = 0; i <= steps; i++) {
    const t = i / steps
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t]
    const place = toImage(
      geometry,
      a * root.u + b * bend.u + c * tip.u,
      a * root.v + b * bend.v + c * tip.v,
    )
    stamp(cover, width, place, 1.15 * thickness * (1 - 0.7 * t))
  }
}

/** Covers the pixels about a place with a soft disc; covers do not add up. */
function stamp(cover: Float32Array, width: number, { x, y }: Point, radius: number): void {
  const height = cover.length / width
  const reach = Math.ceil(radius + 0.5)
  const [x0, y0] = [Math.round(x), Math.round(y)]
  for (let py = Math.max(0, y0 - reach); py <= Math.min(height - 1, y0 + reach); py++) {
    for (let px = Math.max(0, x0 - reach); px <= Math.min(width - 1, x0 + reach); px++) {
      const distance = Math.hypot(px - x, py - y)
      const alpha = 0.92 * Math.min(1, Math.max(0, radius + 0.5 - distance))
      const at = py * width + px
      if (alpha > (cover[at] as number)) cover[at] = alpha
    }
  }
}

/** Adds light round a place: full within the radius, then a quick fall. */
function drawSpot(
  image: Float32Array,
  width: number,
  { x, y }: Point,
  radius: number,
  grey: number,
): void {
  const height = image.length / width
  const reach = Math.ceil(3 * radius + 1)
  const [x0, y0] = [Math.round(x), Math.round(y)]
  for (let py = Math.max(0, y0 - reach); py <= Math.min(height - 1, y0 + reach); py++) {
    for (let px = Math.max(0, x0 - reach); px <= Math.min(width - 1, x0 + reach); px++) {
      const distance = Math.hypot(px - x, py - y) / radius
      const light = grey * Math.min(1, Math.exp(-2.2 * (distance - 0.8)))
      const at = py * width + px
      image[at] = Math.max(image[at] as number, light)
    }
  }
}
