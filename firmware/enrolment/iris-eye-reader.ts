import { encodeIris, type IrisRefusal, type IrisResult } from '../../biometrics/iris/encode.ts'
import { assessFrame, type FrameRefusal } from '../../biometrics/iris/frame.ts'
import { irisReference } from '../../protocol/biometric-reference.ts'
import type { GreyImage } from '../../protocol/image.ts'
import type { InstructionId, Overlay } from '../kiosk-state.ts'
import type { EyeReader, FrameReading } from './eye-reader.ts'

const FRAME_INSTRUCTIONS: { readonly [K in FrameRefusal]: InstructionId } = {
  'image-too-small': 'come-closer',
  'too-dark': 'more-light',
  'too-bright': 'less-light',
  'no-eye': 'look-into-the-camera',
  blurred: 'hold-still',
}

const IRIS_INSTRUCTIONS: { readonly [K in IrisRefusal]: InstructionId } = {
  'image-too-small': 'come-closer',
  'no-eye': 'look-into-the-camera',
  'eye-too-small': 'come-closer',
  'pupil-size': 'look-straight',
  'too-little-iris': 'open-your-eye',
  'no-texture': 'hold-still',
}

/**
 * The iris pipeline as an enrolment sees it. A frame that passes the quick look is encoded at once:
 * that gives the outline for the page, the quality by which frames are ranked, and the template.
 */
export function createIrisEyeReader(): EyeReader {
  // By frame, so that the best ones are not encoded twice; a frame that is dropped takes its entry along.
  const encoded = new WeakMap<GreyImage, IrisResult>()

  function encodeOnce(image: GreyImage): IrisResult {
    const known = encoded.get(image)
    if (known !== undefined) return known
    const result = encodeIris(image)
    encoded.set(image, result)
    return result
  }

  return {
    assess(image) {
      const look = assessFrame(image)
      if (look.outcome === 'unusable') {
        return { quality: 0, isGood: false, instruction: FRAME_INSTRUCTIONS[look.reason] }
      }
      return readingOf(image, encodeOnce(image))
    },
    encode(frames, eye) {
      const results = frames.map(encodeOnce)
      const [best] = results
        .filter((result) => result.outcome === 'encoded')
        .sort((a, b) => b.quality.score - a.quality.score)
      if (best !== undefined) {
        const reference = irisReference(eye, best.template, best.quality.score)
        return Promise.resolve({ outcome: 'encoded', reference })
      }
      const reason = results.find((result) => result.outcome === 'refused')?.reason ?? 'no-eye'
      return Promise.resolve({ outcome: 'refused', instruction: IRIS_INSTRUCTIONS[reason] })
    },
  }
}

function readingOf(image: GreyImage, result: IrisResult): FrameReading {
  const isGood = result.outcome === 'encoded'
  return {
    quality: result.quality?.score ?? 0,
    isGood,
    instruction: isGood ? 'hold-still' : IRIS_INSTRUCTIONS[result.reason],
    overlay: overlayOf(image, result),
  }
}

function overlayOf({ width, height }: GreyImage, { boundaries }: IrisResult): Overlay | undefined {
  if (boundaries === undefined) return undefined
  const { pupil, limbus, covered: mask } = boundaries
  return { width, height, pupil, limbus, mask }
}
