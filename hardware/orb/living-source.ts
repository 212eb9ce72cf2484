import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import { createRandom, seedOf } from '../sim/random.ts'
import { LIGHTS } from './bodies.ts'
import {
  type FilmedMoment,
  filmedEye,
  movementOf,
  openingAt,
  sittingPose,
} from './eye-renderer/filmed-eye.ts'
import {
  type LightPulse,
  livingPupil,
  type PupilReflex,
  sampleReflex,
} from './eye-renderer/pupil-dynamics.ts'
import type { EyeRenderer } from './eye-renderer/renderer.ts'
import type { FrameSource } from './simulated-frames.ts'

/** Who stands in front of the camera, and on which visit. */
export type LivingVisit = {
  /** Names the person; equal seeds are the same person. */
  readonly person: number
  /** Another visit, another pose and light; eyes and reflex stay the person's. */
  readonly visit: number
  /** How the pupils answer light; by default as those of somebody of 18 to 77 years. */
  readonly reflex?: PupilReflex
}

/** Frames until the head has found focus. */
const FOCUSING_FRAMES = 2
/** A camera that looked elsewhere for so long, ms, must find focus anew. */
const FOCUS_KEPT_MS = 1000
/** After this long movements come round again, ms. */
const ROUND_MS = 120_000

/**
 * A drawn person who lives on between captures: both pupils answer the visible light, wherever the
 * head flashes it; eyes drift and jump, the head sways, lids blink every few seconds.
 */
export function livingSource(
  renderer: EyeRenderer,
  { person, visit, reflex = reflexOf(person, visit) }: LivingVisit,
): FrameSource {
  const seed = createRandom(person, visit, seedOf('living')).int(0x1_00_00_00_00)
  const clock = steadyClock()
  const light = lightSeen()
  // Light in one eye narrows both pupils alike.
  const pupil = livingPupil(reflex, seed, light.isLitAt)
  const blinks = blinksOf(seed)
  const films = new Map<EyePosition, (moment: SeenMoment) => GreyImage>()
  return ({ eye, illumination, headUs }) => {
    const ms = clock(headUs / 1000)
    pupil.liveUntil(ms)
    light.see(ms, (illumination & LIGHTS.flash) !== 0)
    const film = films.get(eye) ?? eyeOf(renderer, { person, eye, seed, reflex })
    films.set(eye, film)
    return film({ ms, illumination, pupilRatio: pupil.ratio, blinksMs: blinks(ms) })
  }
}

type SeenMoment = {
  readonly ms: number
  readonly illumination: number
  readonly pupilRatio: number
  readonly blinksMs: readonly number[]
}

function reflexOf(person: number, visit: number): PupilReflex {
  const reflex = sampleReflex(person, 18 + ((person * 13) % 60))
  const light = createRandom(person, visit, seedOf('room light')).between(0.94, 1.06)
  return { ...reflex, restRatio: reflex.restRatio * light }
}

/** One eye of a visit, in the pose that it keeps. */
function eyeOf(
  renderer: EyeRenderer,
  visit: {
    readonly person: number
    readonly eye: EyePosition
    readonly seed: number
    readonly reflex: PupilReflex
  },
): (moment: SeenMoment) => GreyImage {
  const { person, eye, reflex } = visit
  const seed = createRandom(visit.seed, seedOf(eye)).int(0x1_00_00_00_00)
  const pose = sittingPose(seed, reflex.restRatio)
  const film = filmedEye(renderer, { person, eye, pose })
  const moveAt = movementOf(seed, ROUND_MS, 1)
  let [frames, focused, lastMs] = [0, 0, Number.NEGATIVE_INFINITY]
  return ({ ms, illumination, pupilRatio, blinksMs }) => {
    focused = ms - lastMs > FOCUS_KEPT_MS ? 0 : focused + 1
    lastMs = ms
    const moment: FilmedMoment = {
      ...moveAt(ms % ROUND_MS, pose),
      seed: createRandom(seed, frames++, seedOf('frame')).int(0x1_00_00_00_00),
      pupilRatio,
      opening: pose.opening * openingAt(ms, blinksMs),
      illumination: illumination & (LIGHTS.left | LIGHTS.right),
      blurPx: pose.blurPx + 2.5 * Math.max(0, FOCUSING_FRAMES - focused),
    }
    return film(moment)
  }
}

/** The person's own time: it never goes back, though a head that starts anew begins at 0. */
function steadyClock(): (headMs: number) => number {
  let [own, last] = [0, 0]
  return (headMs) => {
    own += headMs < last ? ANEW_MS : headMs - last
    last = headMs
    return own
  }
}

const ANEW_MS = 1000
/** Frames further apart than this are two captures, ms. */
const LONGEST_FRAME_MS = 120
const USUAL_FRAME_MS = 40

/** When the visible light was on, out of the frames that it was on for. */
function lightSeen(): {
  readonly see: (ms: number, isLit: boolean) => void
  readonly isLitAt: (ms: number) => boolean
} {
  let pulses: LightPulse[] = []
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    see(ms, isLit) {
      const gapMs = ms - lastMs
      lastMs = ms
      if (!isLit) return
      const frameMs = gapMs < LONGEST_FRAME_MS ? gapMs : USUAL_FRAME_MS
      pulses = [
        ...pulses.filter(({ offMs }) => offMs > ms - 5000),
        { onMs: ms, offMs: ms + frameMs },
      ]
    },
    isLitAt: (ms) => pulses.some(({ onMs, offMs }) => ms >= onMs && ms < offMs),
  }
}

/** When blinks near a moment begin, ms: one in each stretch of five seconds. */
function blinksOf(seed: number): (ms: number) => readonly number[] {
  const STRETCH_MS = 5000
  return (ms) => {
    const stretch = Math.floor(ms / STRETCH_MS)
    return [stretch - 1, stretch].map(
      (number) => number * STRETCH_MS + createRandom(seed, number, seedOf('blink')).int(STRETCH_MS),
    )
  }
}
