import type { assessPresentation, PadFrame, UnaskedReflex } from '../../biometrics/pad/assess.ts'
import {
  CHALLENGE_SEED_BYTES,
  type ChallengeLight,
  createChallenge,
  FLASH_LIT,
} from '../../biometrics/pad/challenge.ts'
import type { PadResult } from '../../biometrics/pad/result.ts'
import { spread } from '../../biometrics/pad/spread.ts'
import type { EyeCamera } from '../../hardware/camera/eye-camera.ts'
import { LIGHTS } from '../../hardware/orb/bodies.ts'
import type { OrbFrame } from '../../hardware/orb/burst.ts'
import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import type { PresentationCheck } from '../../protocol/messages/presentation.ts'
import type { InstructionId } from '../kiosk-state.ts'
import { playChallenge } from './challenge-play.ts'
import type { EyeReader, EyeReading, FrameReading } from './eye-reader.ts'
import type { Look } from './states.ts'

/** One frame as the page shows it. */
export type ShownFrame = { readonly frame: OrbFrame; readonly reading: FrameReading }

/** The presentation checks, which the entry point brings. */
export type PresentationAssessor = typeof assessPresentation

/** What one try at one eye needs. */
export type CaptureEyeOptions = {
  readonly camera: EyeCamera
  readonly eye: EyePosition
  readonly reader: EyeReader
  readonly assess: PresentationAssessor
  /** Why no flash is to be used where the head has one. */
  readonly flashless?: Exclude<UnaskedReflex, 'no-lamp'> | undefined
  readonly random: (lengthBytes: number) => Uint8Array
  readonly signal: AbortSignal
  readonly onFrame: (shown: ShownFrame) => void
}

/** What one try gave: the eye's reference and the look at the same frames, or what to do better. */
export type CaptureOutcome =
  | { readonly outcome: 'encoded'; readonly reference: BiometricReference; readonly look: Look }
  | { readonly outcome: 'refused'; readonly instruction: InstructionId }

/** An eye is looked for at most this long. */
export const CAPTURE_TIMEOUT_MS = 8000
const MAX_FRAMES = 160
/** Frames of the challenge that are glanced at, and how many of them are read at a time. */
const GLANCED_FRAMES = 18
const READ_FRAMES = 3
/** While the challenge runs, the page sees each so-manieth frame. */
const SHOWN_EACH = 3

/**
 * One try at one eye. It is looked for until a frame passes the gate; then the challenge is played,
 * and both the presentation checks and the reference are made of that one answer, so that what was
 * checked is what is enrolled. Frames go no further than this function and the page's preview.
 */
export async function captureEye(options: CaptureEyeOptions): Promise<CaptureOutcome> {
  const { camera, eye, reader, assess, random, signal } = options
  const found = await findEye(options)
  if (!found.isGood) return { outcome: 'refused', instruction: found.instruction }
  const unasked = unaskedReflex(options)
  const challenge = createChallenge(random(CHALLENGE_SEED_BYTES), lightOf(camera, unasked))
  const frames = await playChallenge(camera, challenge, {
    eye,
    signal,
    onFrame: showing(options, found),
  })
  const { overall, checks, answering } = assess(challenge, frames, unasked)
  const reading = await readBest(reader, eye, isShown(overall) ? answering : frames)
  signal.throwIfAborted()
  if (reading.outcome === 'refused') return reading
  const look = lookOf(camera, eye, overall, checks)
  return { outcome: 'encoded', reference: reading.reference, look }
}

/**
 * Whether the eye is there by what its frames showed: then only these frames are enrolled. Otherwise
 * a person looks at the eye itself before anything goes on.
 */
function isShown({ outcome }: PadResult): boolean {
  return outcome === 'bona-fide' || outcome === 'exception'
}

/** Streams until a frame is good enough to begin; otherwise the last one's reading. */
async function findEye(options: CaptureEyeOptions): Promise<FrameReading> {
  const { camera, eye, reader, random, signal, onFrame } = options
  let last: FrameReading = { quality: 0, isGood: false, instruction: 'look-into-the-camera' }
  await camera.capture({
    eye,
    nonce: random(16),
    timeoutMs: CAPTURE_TIMEOUT_MS,
    maxFrames: MAX_FRAMES,
    signal,
    onFrame(frame) {
      last = reader.assess(frame.image, eye)
      onFrame({ frame, reading: last })
      return last.isGood ? 'enough' : 'drop'
    },
  })
  signal.throwIfAborted()
  return last
}

function unaskedReflex({ camera, flashless }: CaptureEyeOptions): UnaskedReflex | undefined {
  return (camera.capabilities.lights & LIGHTS.flash) === 0 ? 'no-lamp' : flashless
}

/** A camera that cannot light one side alone is asked for nothing. */
function lightOf({ capabilities }: EyeCamera, unasked: UnaskedReflex | undefined): ChallengeLight {
  if ((capabilities.lights & SIDES) !== SIDES) return 'as-it-is'
  return unasked === undefined ? 'with-flashes' : 'without-flashes'
}

const SIDES = LIGHTS.left | LIGHTS.right

/**
 * The look as it is recorded. Frames that no key signed may come from anywhere on their way: the
 * record says so, and a person is asked whatever the frames show.
 */
function lookOf(
  { capabilities }: EyeCamera,
  eye: EyePosition,
  { version, outcome, reason }: PadResult,
  checks: readonly PadResult[],
): Look {
  const recorded = checks.map(recordOf)
  if (capabilities.signsFrames) return { eye, version, outcome, reason, checks: recorded }
  const all = [...recorded, UNSIGNED]
  if (outcome !== 'bona-fide') return { eye, version, outcome, reason, checks: all }
  return { eye, version, outcome: UNSIGNED.outcome, reason: UNSIGNED.reason, checks: all }
}

const UNSIGNED: PresentationCheck = {
  method: 'frame-signature',
  outcome: 'exception',
  reason: 'frames-unsigned',
}

/**
 * What of a check goes on the record: its measures would tell of a person's health. For want of a
 * reflex alone nobody is suspect, here as in the combination.
 */
function recordOf({ method, outcome, reason }: PadResult): PresentationCheck {
  return { method, outcome: reason === 'reflex-absent' ? 'exception' : outcome, reason }
}

/** Reading each frame would cost more time than the head leaves between two. */
function showing({ onFrame }: CaptureEyeOptions, found: FrameReading): (frame: OrbFrame) => void {
  let count = 0
  const { quality } = found
  return (frame) => {
    count += 1
    if (count % SHOWN_EACH !== 1) return
    onFrame({ frame, reading: { quality, isGood: true, instruction: 'look-at-the-ring' } })
  }
}

/**
 * Reads the best frames of the answer without visible light: some of them, spread over all of it, are
 * ranked by a glance, and where the first few give no reference the next ones are tried.
 */
async function readBest(
  reader: EyeReader,
  eye: EyePosition,
  frames: readonly PadFrame[],
): Promise<EyeReading> {
  const unlit = frames.filter(({ illumination }) => (illumination & FLASH_LIT) === 0)
  const ranked = spread(unlit, GLANCED_FRAMES)
    .map(({ image }) => ({ image, quality: reader.glance(image) }))
    .sort((a, b) => b.quality - a.quality)
    .map(({ image }) => image)
  let reading: EyeReading = { outcome: 'refused', instruction: 'look-into-the-camera' }
  for (let from = 0; from < ranked.length && reading.outcome === 'refused'; from += READ_FRAMES) {
    reading = await reader.encode(ranked.slice(from, from + READ_FRAMES), eye)
  }
  return reading
}
