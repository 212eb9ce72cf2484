import { LEFT_LIT, RIGHT_LIT } from './challenge.ts'
import type { Glint } from './glint.ts'
import type { Pupil } from './pupil-tracker.ts'
import { type PadResult, padResult } from './result.ts'
import { median } from './trace.ts'

/** What a frame shows on the cornea, and what was asked for. */
export type GlintFrame = {
  /** Illumination id; bits 0 and 1 say which lamps were lit. */
  readonly asked: number
  readonly pupil: Pupil
  readonly glints: readonly Glint[]
}

/** Frames with a pupil below which nothing is said. */
const LEAST_FRAMES = 24
/** Share of frames that must show just what was asked; a guess of three reaches a third. */
const BONA_FIDE_SHARE = 0.85
const SUSPECT_SHARE = 0.7
/** Share of frames with more reflections than lamps from which on glasses are the likelier reason. */
const GLASSES_SHARE = 0.3

/**
 * Holds count and side of the corneal glints against the lamps that were lit, frame by frame. More
 * reflections than lamps in many frames is `undecided` (glasses), not `suspect`.
 */
export function assessGlints(frames: readonly GlintFrame[]): PadResult {
  const middle = middleOf(frames)
  const shown = frames.map((frame) => shownBy(frame, middle))
  const agreeing = answersOf(frames).filter((isAsAsked) => isAsAsked).length
  const extra = shown.filter((each) => each === 'more').length
  const asked = new Set(frames.map((frame) => frame.asked & BOTH))
  const share = frames.length === 0 ? 0 : agreeing / frames.length
  const measures = {
    framesCount: frames.length,
    patternsAskedCount: asked.size,
    agreementPercent: 100 * share,
    moreThanLampsPercent: frames.length === 0 ? 0 : (100 * extra) / frames.length,
    spacingPx: spacingOf(frames),
  }
  const result = (outcome: PadResult['outcome'], reason: string): PadResult =>
    padResult('corneal-glints', outcome, reason, measures)
  // With one pattern only, a picture would agree as well.
  if (frames.length < LEAST_FRAMES || asked.size < 2) return result('undecided', 'glints-unseen')
  if (share >= BONA_FIDE_SHARE) return result('bona-fide', 'glints-as-asked')
  if (extra >= GLASSES_SHARE * frames.length) return result('undecided', 'glints-too-many')
  if (share < SUSPECT_SHARE) return result('suspect', 'glints-not-as-asked')
  return result('undecided', 'glints-unclear')
}

/** Of each frame, whether count and side of its glints are those that were asked for. */
export function answersOf(frames: readonly GlintFrame[]): readonly boolean[] {
  const middle = middleOf(frames)
  return frames.map((frame) => shownBy(frame, middle) === (frame.asked & BOTH))
}

const BOTH = LEFT_LIT | RIGHT_LIT

/** Illumination that a frame's glints speak of. */
function shownBy({ pupil, glints }: GlintFrame, middle: number): number | 'more' {
  const [only] = glints
  if (glints.length > 2) return 'more'
  if (glints.length === 2) return BOTH
  if (only === undefined) return 0
  return only.x - pupil.x < middle ? LEFT_LIT : RIGHT_LIT
}

/**
 * Where the middle between the two lamps' images lies, in pixels from the pupil's centre: known from
 * frames with both, else halfway between the outermost single ones.
 */
function middleOf(frames: readonly GlintFrame[]): number {
  const pairs = frames.flatMap(({ pupil, glints: [a, b, ...more] }) =>
    a && b && more.length === 0 ? [(a.x + b.x) / 2 - pupil.x] : [],
  )
  if (pairs.length >= 3) return median(pairs)
  const singles = frames.flatMap(({ pupil, glints }) => glints.map(({ x }) => x - pupil.x))
  const sorted = singles.toSorted((a, b) => a - b)
  const tenth = Math.floor(sorted.length / 10)
  return ((sorted[tenth] ?? 0) + (sorted[sorted.length - 1 - tenth] ?? 0)) / 2
}

function spacingOf(frames: readonly GlintFrame[]): number {
  const spacings = frames.flatMap(({ glints: [a, b, ...more] }) =>
    a && b && more.length === 0 ? [Math.hypot(a.x - b.x, a.y - b.y)] : [],
  )
  return spacings.length === 0 ? 0 : median(spacings)
}
