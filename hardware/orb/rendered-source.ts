import { createRandom, seedOf } from '../sim/random.ts'
import { type CaptureConditions, sampleConditions } from './eye-renderer/conditions.ts'
import type { EyeRenderer, EyeRequest } from './eye-renderer/renderer.ts'
import type { FrameSource } from './simulated-frames.ts'

/** Which rendered person stands in front, and on which visit. */
export type RenderedVisit = Pick<EyeRequest, 'person' | 'width'> & {
  /** Another visit, another pose, light and pupil; the eyes stay the person's. */
  readonly visit: number
}

/**
 * A rendered person in front of the camera: the first frames are out of focus, then she holds still
 * as one does, with a blink or a blurred frame now and then.
 */
export function renderedSource(
  renderer: EyeRenderer,
  { person, visit, width = 320 }: RenderedVisit,
): FrameSource {
  return ({ eye, sequence, illumination }) => {
    const seed = createRandom(person, visit, seedOf(eye)).int(0x1_00_00_00_00)
    const capture = { ...frameConditions(seed, sequence), illumination }
    return renderer.render({ person, eye, capture, width })
  }
}

/** Frames until the head has found focus. */
const FOCUSING_FRAMES = 2

function frameConditions(seed: number, sequence: number): CaptureConditions {
  const pose = willingPose(seed)
  const random = createRandom(seed, sequence)
  const drawn = sampleConditions(random.int(0x1_00_00_00_00))
  const { opening, smearPx, gazeX } = drawn
  const isSpoilt = drawn.kind !== 'good' && drawn.kind !== 'fair'
  return {
    ...pose,
    seed: drawn.seed,
    noise: drawn.noise,
    pupilRatio: pose.pupilRatio + 0.008 * random.normal(),
    gazeX: isSpoilt ? gazeX : pose.gazeX + 0.6 * random.normal(),
    gazeY: pose.gazeY + 0.5 * random.normal(),
    opening: isSpoilt ? opening : pose.opening,
    smearPx,
    blurPx: drawn.blurPx + 2.5 * Math.max(0, FOCUSING_FRAMES - sequence),
  }
}

/** The first good or fair pose of the seed: nobody holds a shut eye to the camera for a whole visit. */
function willingPose(seed: number): CaptureConditions {
  for (let i = 0; ; i++) {
    const drawn = sampleConditions(seed + i)
    if (drawn.kind === 'good' || drawn.kind === 'fair') return drawn
  }
}
