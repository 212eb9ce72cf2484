import type { PadAssessment, PadFrame, UnaskedReflex } from '../../biometrics/pad/assess.ts'
import { type Challenge, hasFlash } from '../../biometrics/pad/challenge.ts'
import { padResult } from '../../biometrics/pad/result.ts'
import type { EyeReader } from '../../firmware/enrolment/eye-reader.ts'
import { irisReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import type { PresentationOutcome } from '../../protocol/messages/presentation.ts'
import { randomTemplate, withFlippedBits } from '../kit/iris-codes.ts'

/** Who stands before the camera, and which of the eyes can be read. */
export type Standing = {
  readonly person: number
  /** Each visit gives another capture of the same eyes. */
  readonly visit?: number
  readonly unreadable?: readonly EyePosition[]
  /** What a look at these eyes says; by default that of a living eye. */
  readonly look?: PresentationOutcome
}

const WIDTH = 32
const HEIGHT = 24

/** A frame whose pixels say whom it shows: the camera's link is real, the optics are not. */
export function sceneOf(
  standing: Standing | undefined,
  { eye }: { readonly eye: EyePosition },
): GreyImage | undefined {
  if (standing === undefined) return undefined
  const isReadable = standing.unreadable?.includes(eye) !== true
  const pixels = new Uint8Array(WIDTH * HEIGHT).fill(128)
  const look = OUTCOMES.indexOf(standing.look ?? 'bona-fide')
  const [side, readable] = [eye === 'left' ? 1 : 2, isReadable ? 1 : 0]
  pixels.set([77, standing.person, standing.visit ?? 0, side, readable, look])
  return { width: WIDTH, height: HEIGHT, pixels }
}

const OUTCOMES: readonly PresentationOutcome[] = ['bona-fide', 'undecided', 'exception', 'suspect']
const WITHOUT_FLASH = {
  'no-lamp': 'bona-fide',
  declined: 'exception',
  interrupted: 'undecided',
} as const

/** What the presentation checks would say of such frames: they tell it themselves. */
export function assessScene(
  challenge: Challenge,
  frames: readonly PadFrame[],
  unasked: UnaskedReflex = 'no-lamp',
): PadAssessment {
  const asked = challenge.segments.reduce((sum, segment) => sum + segment.frames, 0)
  const seen = OUTCOMES[frames.at(-1)?.image.pixels[5] ?? 1] ?? 'undecided'
  const isWhole = frames.length === asked
  const outcome = isWhole ? (hasFlash(challenge) ? seen : WITHOUT_FLASH[unasked]) : 'undecided'
  const reason = hasFlash(challenge) ? `scene-${seen}` : `reflex-${unasked}`
  const measures = { framesAskedCount: asked, framesCount: frames.length }
  const checks = [padResult('pupil-light-reflex', outcome, reason, { amplitudePercent: 31 })]
  const overall = padResult('challenge-response', outcome, reason, measures)
  return { overall, checks, answering: frames }
}

/** Reads such frames: a template for each person and eye, with a little noise for each visit. */
export const eyeReader: EyeReader = {
  assess({ pixels }) {
    const [mark, , , , isReadable] = pixels
    if (mark !== 77) return { quality: 0, isGood: false, instruction: 'look-into-the-camera' }
    if (isReadable !== 1) return { quality: 20, isGood: false, instruction: 'open-your-eye' }
    return { quality: 90, isGood: true, instruction: 'thank-you' }
  },
  glance: ({ pixels }) => (pixels[4] === 1 ? 90 : 20),
  async encode([best], eye) {
    const [, person = 0, visit = 0, side = 0] = best?.pixels ?? []
    const template = randomTemplate(1000 * person + side)
    const seen = withFlippedBits(template, 60, person + 7 * visit)
    return { outcome: 'encoded', reference: irisReference(eye, seen, 90) }
  },
}
