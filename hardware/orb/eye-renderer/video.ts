import type { EyePosition, GreyImage } from '../../../protocol/image.ts'
import { createRandom, seedOf } from '../../sim/random.ts'
import { filmedEye, movementOf, openingAt, sittingPose } from './filmed-eye.ts'
import { type LightPulse, type PupilReflex, pupilCourse } from './pupil-dynamics.ts'
import type { EyeRenderer } from './renderer.ts'

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
 * Films an eye along a plan: `filmedEye` at each frame, with the pupil that the plan's light makes.
 */
export function renderVideo(
  renderer: EyeRenderer,
  plan: readonly PlannedFrame[],
  video: EyeVideo,
): readonly VideoFrame[] {
  const { person, eye, seed, reflex } = video
  const pose = sittingPose(seed, reflex.restRatio)
  const film = filmedEye(renderer, { person, eye, pose })
  const untilMs = (plan[plan.length - 1]?.atMs ?? 0) + 100
  const ratioAt = pupilCourse(reflex, video.pulses ?? pulsesOf(plan), untilMs, seed)
  const moveAt = movementOf(seed, untilMs, video.movement ?? 1)
  return plan.map((frame, i) => ({
    ...frame,
    image: film({
      ...moveAt(frame.atMs, pose),
      seed: createRandom(seed, i, seedOf('frame')).int(0x1_00_00_00_00),
      pupilRatio: ratioAt(frame.atMs),
      opening: pose.opening * openingAt(frame.atMs, video.blinksMs ?? []),
      illumination: (video.litInstead?.(frame) ?? frame.illumination) & 0b11,
    }),
  }))
}
