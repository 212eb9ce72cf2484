import type { EyeReader } from '../../firmware/enrolment/eye-reader.ts'
import { irisReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import { randomTemplate, withFlippedBits } from '../kit/iris-codes.ts'

/** Who stands before the camera, and which of the eyes can be read. */
export type Standing = {
  readonly person: number
  /** Each visit gives another capture of the same eyes. */
  readonly visit?: number
  readonly unreadable?: readonly EyePosition[]
}

const WIDTH = 32
const HEIGHT = 24

/** A frame whose pixels say whom it shows: the camera's link is real, the optics are not. */
export function sceneOf(standing: Standing | undefined, eye: EyePosition): GreyImage | undefined {
  if (standing === undefined) return undefined
  const isReadable = standing.unreadable?.includes(eye) !== true
  const pixels = new Uint8Array(WIDTH * HEIGHT).fill(128)
  pixels.set([77, standing.person, standing.visit ?? 0, eye === 'left' ? 1 : 2, isReadable ? 1 : 0])
  return { width: WIDTH, height: HEIGHT, pixels }
}

/** Reads such frames: a template for each person and eye, with a little noise for each visit. */
export const eyeReader: EyeReader = {
  assess({ pixels }) {
    const [mark, , , , isReadable] = pixels
    if (mark !== 77) return { quality: 0, isGood: false, instruction: 'look-into-the-camera' }
    if (isReadable !== 1) return { quality: 20, isGood: false, instruction: 'open-your-eye' }
    return { quality: 90, isGood: true, instruction: 'thank-you' }
  },
  async encode([best], eye) {
    const [, person = 0, visit = 0, side = 0] = best?.pixels ?? []
    const template = randomTemplate(1000 * person + side)
    const seen = withFlippedBits(template, 60, person + 7 * visit)
    return { outcome: 'encoded', reference: irisReference(eye, seen, 90) }
  },
}
