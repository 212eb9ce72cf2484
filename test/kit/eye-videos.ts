import { createHash } from 'node:crypto'
import { assessPresentation, type PadAssessment } from '../../biometrics/pad/assess.ts'
import { type Challenge, createChallenge } from '../../biometrics/pad/challenge.ts'
import { type PupilReflex, sampleReflex } from '../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import type { EyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import {
  type EyeVideo,
  type PlannedFrame,
  planFrames,
  renderVideo,
  type VideoFrame,
} from '../../hardware/orb/eye-renderer/video.ts'

/** The challenge named by a text; in a kiosk its bytes come from the operating system. */
export function challengeOf(name: string): Challenge {
  return createChallenge(Uint8Array.from(createHash('sha256').update(name).digest()))
}

/** A willing person of 18 to 87 years at a kiosk, one of each number. */
export type Sitting = {
  readonly seed: number
  readonly ageYears: number
  readonly challenge: Challenge
  readonly plan: readonly PlannedFrame[]
  readonly reflex: PupilReflex
  /** Films the person, with what differs from a usual take. */
  readonly film: (changes?: Partial<EyeVideo>) => readonly VideoFrame[]
  /** The same person in answer to another challenge. */
  readonly filmOther: () => readonly VideoFrame[]
  readonly assess: (frames: readonly VideoFrame[]) => PadAssessment
}

/** Sitting number `seed`; every third person blinks once. */
export function sittingOf(renderer: EyeRenderer, seed: number): Sitting {
  const ageYears = 18 + ((seed * 13) % 70)
  const challenge = challengeOf(`sitting ${seed}`)
  const plan = planFrames(challenge.segments)
  const reflex = sampleReflex(seed, ageYears)
  const video: EyeVideo = {
    person: seed,
    eye: seed % 2 === 0 ? 'right' : 'left',
    seed,
    reflex,
    blinksMs: seed % 3 === 0 ? [300 + ((seed * 37) % 4000)] : [],
  }
  return {
    seed,
    ageYears,
    challenge,
    plan,
    reflex,
    film: (changes = {}) => renderVideo(renderer, plan, { ...video, ...changes }),
    filmOther: () =>
      renderVideo(renderer, planFrames(challengeOf(`other ${seed}`).segments), video),
    assess: (frames) => assessPresentation(challenge, frames),
  }
}
