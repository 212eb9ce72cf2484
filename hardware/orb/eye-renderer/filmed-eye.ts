import type { EyePosition, GreyImage } from '../../../protocol/image.ts'
import { createRandom, type Random, seedOf } from '../../sim/random.ts'
import { takePicture } from './camera.ts'
import { type CaptureConditions, FAIR_WEATHER } from './conditions.ts'
import { type Geometry, placeEye, toImage } from './geometry.ts'
import type { EyeRenderer } from './renderer.ts'
import { drawGlints } from './strokes.ts'
import { createSubject } from './subject.ts'

/** What differs from one frame of a sitting to the next. */
export type FilmedMoment = Pick<
  CaptureConditions,
  'gazeX' | 'gazeY' | 'offsetX' | 'offsetY' | 'pupilRatio' | 'opening' | 'illumination' | 'seed'
> &
  Partial<Pick<CaptureConditions, 'blurPx'>>

/**
 * An eye in one pose, filmed frame by frame. One picture without glints is drawn, then warped: the
 * iris as a rubber ring between pupil and limbus, the whole by gaze and sway; glints and sensor noise
 * are each frame's own. Lids stay where they are except in blinks, which are drawn in full.
 */
export function filmedEye(
  renderer: EyeRenderer,
  sitting: {
    readonly person: number
    readonly eye: EyePosition
    readonly pose: CaptureConditions
  },
): (moment: FilmedMoment) => GreyImage {
  const { person, eye, pose } = sitting
  const subject = createSubject(person, eye)
  const still = renderer.render({ person, eye, capture: { ...pose, ...UNLIT } })
  const home = placeEye(subject, pose, still.width, still.height)
  return (moment) => {
    const capture = { ...pose, ...moment }
    if (capture.opening < 0.98 * pose.opening) return renderer.render({ person, eye, capture })
    const now = placeEye(subject, capture, still.width, still.height)
    const light = warp(still, home, now)
    drawGlints(light, still.width, now, capture)
    return takePicture(light, still.width, capture)
  }
}

/** A picture without glints and noise: no illuminator, and the exposure that makes up for it. */
const UNLIT = { illumination: 0, gain: 1 / 0.06, noise: 0, blurPx: 0.1, smearPx: 0 } as const

/** How somebody sits who is willing: straight, near and open, each a little otherwise. */
export function sittingPose(seed: number, restRatio: number): CaptureConditions {
  const random = createRandom(seed, seedOf('pose'))
  return {
    ...FAIR_WEATHER,
    seed,
    pupilRatio: restRatio,
    gazeX: 1.5 * random.normal(),
    gazeY: 1.2 * random.normal(),
    roll: 2 * random.normal(),
    offsetX: 0.08 * random.normal(),
    offsetY: 0.06 * random.normal(),
    zoom: 1 + 0.03 * random.normal(),
    opening: random.between(0.9, 1.1),
    blurPx: random.between(0.4, 0.7),
    noise: random.between(1.5, 2.8),
    reliefSeed: random.int(0x1_00_00_00_00),
  }
}

/** Where gaze and head are at a moment. */
export type Movement = Pick<CaptureConditions, 'gazeX' | 'gazeY' | 'offsetX' | 'offsetY'>

/** Drift and small jumps of the gaze, sway of the head: a walk that is drawn back to where it began. */
export function movementOf(
  seed: number,
  untilMs: number,
  size: number,
): (ms: number, pose: CaptureConditions) => Movement {
  const random = createRandom(seed, seedOf('movement'))
  const steps = Math.ceil(untilMs / 10) + 2
  const [gazeX, gazeY] = [walk(random, steps, 0.05, 0.012), walk(random, steps, 0.04, 0.012)]
  const [swayX, swayY] = [walk(random, steps, 0.0012, 0.001), walk(random, steps, 0.001, 0.001)]
  return (ms, pose) => {
    const at = Math.min(Math.max(Math.round(ms / 10), 0), steps - 1)
    return {
      gazeX: pose.gazeX + size * (gazeX[at] ?? 0),
      gazeY: pose.gazeY + size * (gazeY[at] ?? 0),
      offsetX: pose.offsetX + size * (swayX[at] ?? 0),
      offsetY: pose.offsetY + size * (swayY[at] ?? 0),
    }
  }
}

/** A random walk of 10 ms steps, now and then a jump, each drawn back towards 0. */
function walk(random: Random, steps: number, step: number, jumpChance: number): Float64Array {
  const course = new Float64Array(steps)
  let value = 0
  for (let i = 0; i < steps; i++) {
    value += step * random.normal() - 0.02 * value
    if (random.next() < jumpChance) value += 8 * step * random.normal()
    course[i] = value
  }
  return course
}

const BLINK_MS = 160

/** Share 0..1 of the usual opening of the lids, each blink some 160 ms long. */
export function openingAt(ms: number, blinksMs: readonly number[]): number {
  const openings = blinksMs.map((startMs) => {
    const share = (ms - startMs) / BLINK_MS
    return share <= 0 || share >= 1 ? 1 : Math.min(1, Math.abs(2 * share - 1) ** 1.5 + 0.02)
  })
  return Math.min(1, ...openings)
}

/** The still eye moved to another place and another pupil; values between pixels are bilinear. */
function warp(still: GreyImage, home: Geometry, now: Geometry): Float32Array {
  const { width, height, pixels } = still
  const light = new Float32Array(width * height)
  const source = (geometry: Geometry) => ({
    iris: toImage(geometry, geometry.iris.u, geometry.iris.v),
    pupil: toImage(geometry, geometry.pupil.u, geometry.pupil.v),
    pupilRadius: geometry.pupil.ratio * geometry.radius,
  })
  const [from, to] = [source(home), source(now)]
  const [offX, offY] = [to.pupil.x - to.iris.x, to.pupil.y - to.iris.y]
  const rest = now.radius ** 2 - offX ** 2 - offY ** 2
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - to.pupil.x, y - to.pupil.y]
      const distance = Math.sqrt(dx * dx + dy * dy)
      let stretch = 1
      if (distance > 0 && distance < 1.2 * now.radius) {
        const along = (offX * dx + offY * dy) / distance
        const limbus = Math.sqrt(along * along + rest) - along
        stretch = ring(distance, to.pupilRadius, from.pupilRadius, limbus) / distance
      }
      const value = bilinear(
        pixels,
        width,
        height,
        from.pupil.x + dx * stretch,
        from.pupil.y + dy * stretch,
      )
      light[y * width + x] = value
    }
  }
  return light
}

/** Where a place `distance` from the pupil's centre lay when the pupil was `before` and not `now`. */
function ring(distance: number, now: number, before: number, limbus: number): number {
  if (distance >= limbus) return distance
  if (distance < now) return (distance * before) / now
  return before + ((distance - now) * (limbus - before)) / (limbus - now)
}

function bilinear(
  pixels: Uint8Array,
  width: number,
  height: number,
  px: number,
  py: number,
): number {
  const x = Math.min(Math.max(px, 0), width - 1.001)
  const y = Math.min(Math.max(py, 0), height - 1.001)
  const [x0, y0] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - x0, y - y0]
  const at = y0 * width + x0
  const upper = (pixels[at] as number) * (1 - fx) + (pixels[at + 1] as number) * fx
  const below = at + width
  const lower = (pixels[below] as number) * (1 - fx) + (pixels[below + 1] as number) * fx
  return upper * (1 - fy) + lower * fy
}
