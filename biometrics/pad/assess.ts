import type { GreyImage } from '../../protocol/image.ts'
import { asksForLight, type Challenge, FLASH_LIT, hasFlash, illuminationAt } from './challenge.ts'
import { findGlints } from './glint.ts'
import { answersOf, assessGlints } from './glint-challenge.ts'
import { assessHalfTone } from './half-tone.ts'
import { type Pupil, trackPupil } from './pupil-tracker.ts'
import { assessReflex, type Flash } from './reflex.ts'
import { assessReplay } from './replay.ts'
import { type PadOutcome, type PadResult, padResult } from './result.ts'

/** A frame of the answer to a challenge, out of the segment's capture. */
export type PadFrame = {
  /** Which segment, and the frame's number in it. */
  readonly segment: number
  readonly sequence: number
  /** The head's clock, ms, going on from segment to segment. */
  readonly atMs: number
  /** What the head says was lit, under its signature. */
  readonly illumination: number
  readonly image: GreyImage
}

/** The whole verdict, each check's own, and the frames that may stand for the eye. */
export type PadAssessment = {
  readonly overall: PadResult
  readonly checks: readonly PadResult[]
  /**
   * Frames in which the pupil was followed and the glints are as asked. A verdict bears with a few
   * others, so that an eye put in between for these few would be none that was looked at.
   */
  readonly answering: readonly PadFrame[]
}

/**
 * Why a challenge without flashes was played: the head has no visible light, the person cannot bear
 * flashes, or the head went away again and again while it flashed.
 */
export type UnaskedReflex = 'no-lamp' | 'declined' | 'interrupted'

/** Share of the frames asked for that must have come. */
const LEAST_ARRIVED = 0.6

/**
 * Holds the frames of a capture against the challenge that was asked. What speaks of an attack makes
 * it `suspect`; no or an unusual reflex in an eye that is otherwise shown to be there is an
 * `exception`; a person is never refused for a reflex. Where the challenge has no flash, `unasked`
 * says why: the reflex stays undecided, and the other checks count as ever. Where it asks for no light
 * at all, glints stay undecided too, and what is not `suspect` is never better than `exception`.
 */
export function assessPresentation(
  challenge: Challenge,
  frames: readonly PadFrame[],
  unasked: UnaskedReflex = 'no-lamp',
): PadAssessment {
  const ordered = frames.toSorted((a, b) => a.segment - b.segment || a.sequence - b.sequence)
  const asked = challenge.segments.reduce((sum, segment) => sum + segment.frames, 0)
  const foreign = ordered.filter((frame) => !isAsked(challenge, frame)).length
  const tracked = track(ordered)
  const glints = asksForLight(challenge)
    ? tracked.map(({ frame, pupil }) => ({
        asked: frame.illumination,
        pupil,
        glints: findGlints(frame.image, pupil),
      }))
    : undefined
  const trace = tracked.map(({ frame, pupil }) => ({ atMs: frame.atMs, radiusPx: pupil.radius }))
  const images = tracked.map(({ frame, pupil }) => ({ image: frame.image, pupil }))
  const checks = [
    hasFlash(challenge)
      ? assessReflex(trace, flashesOf(ordered))
      : padResult('pupil-light-reflex', 'undecided', `reflex-${glints ? unasked : NO_LIGHTS}`, {}),
    glints
      ? assessGlints(glints)
      : padResult('corneal-glints', 'undecided', `glints-${NO_LIGHTS}`, {}),
    assessHalfTone(images.map(({ image }) => image)),
    assessReplay(images),
  ]
  const measures = {
    framesAskedCount: asked,
    framesCount: ordered.length,
    framesForeignCount: foreign,
    framesWithPupilCount: tracked.length,
  }
  const [outcome, reason] = combine(checks, { foreign, isWhole: isWhole(ordered.length, asked) })
  const isAnswer = glints && answersOf(glints)
  const answering = tracked.flatMap(({ frame }, i) => (isAnswer?.[i] === false ? [] : [frame]))
  return { overall: padResult('challenge-response', outcome, reason, measures), checks, answering }
}

/** When visible light was on, from what the frames say: from the first lit frame to the first dark. */
export function flashesOf(frames: readonly PadFrame[]): readonly Flash[] {
  const flashes: Flash[] = []
  let onMs: number | undefined
  for (const { atMs, illumination } of frames) {
    const isLit = (illumination & FLASH_LIT) !== 0
    if (isLit) onMs ??= atMs
    if (isLit || onMs === undefined) continue
    flashes.push({ onMs, offMs: atMs })
    onMs = undefined
  }
  return flashes
}

/** The one verdict that the checks make together; a reason names the check that decided. */
function combine(
  checks: readonly PadResult[],
  { foreign, isWhole }: { readonly foreign: number; readonly isWhole: boolean },
): readonly [PadOutcome, string] {
  if (foreign > 0) return ['suspect', 'frames-not-of-this-challenge']
  const reflex = checks.find(({ method }) => method === 'pupil-light-reflex')
  const others = checks.filter((check) => check !== reflex)
  const suspect = others.find(({ outcome }) => outcome === 'suspect')
  if (suspect !== undefined) return ['suspect', suspect.reason]
  if (reflex?.outcome === 'suspect' && reflex.reason !== 'reflex-absent') {
    return ['suspect', reflex.reason]
  }
  if (!isWhole) return ['undecided', 'frames-missing']
  const unclear = others.find(
    ({ outcome, reason }) => outcome !== 'bona-fide' && reason !== `glints-${NO_LIGHTS}`,
  )
  if (unclear !== undefined) return ['undecided', unclear.reason]
  // From here on the eye is there by every other sign.
  const known = reflex && WITHOUT_REFLEX[reflex.reason]
  if (known !== undefined) return known
  if (reflex === undefined || reflex.outcome === 'undecided') return ['undecided', 'reflex-unseen']
  if (reflex.outcome !== 'bona-fide') return ['exception', reflex.reason]
  return ['bona-fide', 'all-checks']
}

/** Why nothing was asked: the camera's light is as it is. */
const NO_LIGHTS = 'no-lights'

/** What comes of an eye that is there by every other sign, where no reflex was asked for. */
const WITHOUT_REFLEX: Readonly<Record<string, readonly [PadOutcome, string]>> = {
  'reflex-no-lamp': ['bona-fide', 'all-but-reflex'],
  'reflex-declined': ['exception', 'reflex-declined'],
  'reflex-interrupted': ['undecided', 'reflex-interrupted'],
  // Nothing that a film of the eye could not show as well: a person must have looked.
  [`reflex-${NO_LIGHTS}`]: ['exception', NO_LIGHTS],
}

function isWhole(arrived: number, asked: number): boolean {
  return arrived >= LEAST_ARRIVED * asked
}

function isAsked(challenge: Challenge, { segment, sequence, illumination }: PadFrame): boolean {
  return illuminationAt(challenge, segment, sequence) === illumination
}

function track(
  frames: readonly PadFrame[],
): readonly { readonly frame: PadFrame; readonly pupil: Pupil }[] {
  const pupils = trackPupil(frames.map(({ image }) => image))
  return frames.flatMap((frame, i) => {
    const pupil = pupils[i]
    return pupil === undefined ? [] : [{ frame, pupil }]
  })
}
