import type { EyePosition, GreyImage } from '../../../protocol/image.ts'
import { createRandom, type Random, seedOf } from '../../sim/random.ts'
import { takePicture } from './camera.ts'
import { type CaptureConditions, FAIR_WEATHER } from './conditions.ts'
import { type Geometry, placeEye, toImage } from './geometry.ts'
import { type LightPulse, type PupilReflex, pupilCourse } from './pupil-dynamics.ts'
import type { EyeRenderer } from './renderer.ts'
import { drawGlints } from './strokes.ts'
import { createSubject } from './subject.ts'

/** A frame to be taken: where it stands in the challenge, when, and what is lit. */
export type PlannedFrame = {
  readonly segment: number
  readonly sequence: number
  readonly atMs: number
  /** Bit 0 left and bit 1 right near-infrared illuminator, bit 2 visible flash. */
  readonly illumination: number
}

/** A frame as the head hands it over. */
export type VideoFrame = PlannedFrame & { readonly image: GreyImage }

/** Segments as a challenge has them. */
export type PlannedSegment = { readonly frames: number; readonly illumination: readonly number[] }

/** Illumination id of the visible flash. */
const FLASH = 0b100
/** What a head needs between two captures, ms. */
const BETWEEN_SEGMENTS_MS = 30

/** The frames of some segments at an even pace, the first one at 0 ms. */
export function planFrames(
  segments: readonly PlannedSegment[],
  framesPerSecond = 25,
): readonly PlannedFrame[] {
  const stepMs = 1000 / framesPerSecond
  let startMs = 0
  return segments.flatMap(({ frames, illumination }, segment) => {
    const planned = Array.from({ length: frames }, (_, sequence) => ({
      segment,
      sequence,
      atMs: Math.round(startMs + sequence * stepMs),
      illumination: illumination[sequence % illumination.length] ?? 0,
    }))
    startMs += frames * stepMs + BETWEEN_SEGMENTS_MS
    return planned
  })
}

/** The visible pulses that a plan makes. */
export function pulsesOf(plan: readonly PlannedFrame[]): readonly LightPulse[] {
  const pulses: LightPulse[] = []
  let onMs: number | undefined
  for (const { atMs, illumination } of plan) {
    const isLit = (illumination & FLASH) !== 0
    if (isLit) onMs ??= atMs
    if (isLit || onMs === undefined) continue
    pulses.push({ onMs, offMs: atMs })
    onMs = undefined
  }
  return pulses
}

/** Whose eye is filmed, and how it behaves. */
export type EyeVideo = {
  readonly person: number
  readonly eye: EyePosition
  /** Seeds pose, movements, blinks and noise of this take. */
  readonly seed: number
  readonly reflex: PupilReflex
  /** When blinks begin, ms; each shuts the eye for about 160 ms. */
  readonly blinksMs?: readonly number[]
  /** Light that the pupil answers; by default that of the plan. */
  readonly pulses?: readonly LightPulse[]
  /** What the illuminators really do where that is not what the plan says. */
  readonly litInstead?: (frame: PlannedFrame) => number
  /** Overall movement against that of someone who holds still; 0 is a statue. */
  readonly movement?: number
}

/**
 * Films an eye along a plan. One picture without glints is drawn, then warped from frame to frame:
 * the iris as a rubber ring between pupil and limbus, the whole by gaze and sway; glints and sensor
 * noise are each frame's own. Lids stay where they are except in blinks, which are drawn in full.
 */
export function renderVideo(
  renderer: EyeRenderer,
  plan: readonly PlannedFrame[],
  video: EyeVideo,
): readonly VideoFrame[] {
  const { person, eye, seed, reflex } = video
  const pose = poseOf(seed, reflex)
  const subject = createSubject(person, eye)
  const still = renderer.render({ person, eye, capture: { ...pose, ...UNLIT } })
  const home = placeEye(subject, pose, still.width, still.height)
  const untilMs = (plan[plan.length - 1]?.atMs ?? 0) + 100
  const ratioAt = pupilCourse(reflex, video.pulses ?? pulsesOf(plan), untilMs, seed)
  const moveAt = movementOf(seed, untilMs, video.movement ?? 1)
  return plan.map((frame, i) => {
    const capture: CaptureConditions = {
      ...pose,
      ...moveAt(frame.atMs, pose),
      seed: createRandom(seed, i, seedOf('frame')).int(0x1_00_00_00_00),
      pupilRatio: ratioAt(frame.atMs),
      opening: pose.opening * openingAt(frame.atMs, video.blinksMs ?? []),
      illumination: (video.litInstead?.(frame) ?? frame.illumination) & 0b11,
    }
    if (capture.opening < 0.98 * pose.opening) {
      return { ...frame, image: renderer.render({ person, eye, capture }) }
    }
    const now = placeEye(subject, capture, still.width, still.height)
    const light = warp(still, home, now)
    drawGlints(light, still.width, now, capture)
    return { ...frame, image: takePicture(light, still.width, capture) }
  })
}

/** A picture without glints and noise: no illuminator, and the exposure that makes up for it. */
const UNLIT = { illumination: 0, gain: 1 / 0.06, noise: 0, blurPx: 0.1, smearPx: 0 } as const

function poseOf(seed: number, reflex: PupilReflex): CaptureConditions {
  const random = createRandom(seed, seedOf('pose'))
  return {
    ...FAIR_WEATHER,
    seed,
    pupilRatio: reflex.restRatio,
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

type Movement = Pick<CaptureConditions, 'gazeX' | 'gazeY' | 'offsetX' | 'offsetY'>

/** Drift and small jumps of the gaze, sway of the head: a walk that is drawn back to where it began. */
function movementOf(
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

function openingAt(ms: number, blinksMs: readonly number[]): number {
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
