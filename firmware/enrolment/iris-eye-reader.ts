import { encodeIris, type IrisRefusal, type IrisResult } from '../../biometrics/iris/encode.ts'
import { assessFrame, type FrameRefusal } from '../../biometrics/iris/frame.ts'
import { fuseIris } from '../../biometrics/iris/fuse.ts'
import { motionPercent } from '../../biometrics/iris/quality.ts'
import { irisReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
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
  blurred: 'hold-still',
  'off-gaze': 'look-straight',
  'too-dark': 'more-light',
  'too-bright': 'less-light',
}

/** Frames that vote on a template at most. */
const MOST_FUSED = 5

/** From one frame to the next a gaze at rest moves the pupil by less, per cent of the iris's radius. */
const MOST_MOTION_PERCENT = 20

/** How the reader makes one template of a burst. */
export type IrisEyeReaderOptions = {
  /**
   * Whether the best five frames vote on each bit instead of the best one being taken. Off by
   * default: it is better in most pairs and still worse in a few (docs/iris.md).
   */
  readonly isFusing?: boolean
}

/**
 * The iris pipeline as an enrolment sees it. A frame that passes the quick look is encoded at once:
 * that gives the outline for the page, the quality by which frames are ranked, and the template.
 */
export function createIrisEyeReader({ isFusing = false }: IrisEyeReaderOptions = {}): EyeReader {
  // By frame, so that the best ones are not encoded twice; a frame that is dropped takes its entry along.
  const encoded = new WeakMap<GreyImage, IrisResult>()

  /** Where the pupil was in the frame before, by eye. */
  const pupils = new Map<EyePosition, { readonly x: number; readonly y: number }>()

  function encodeOnce(image: GreyImage): IrisResult {
    const known = encoded.get(image)
    if (known !== undefined) return known
    const result = encodeIris(image)
    encoded.set(image, result)
    return result
  }

  return {
    assess(image, eye) {
      const look = assessFrame(image)
      if (look.outcome === 'unusable') {
        pupils.delete(eye)
        return { quality: 0, isGood: false, instruction: FRAME_INSTRUCTIONS[look.reason] }
      }
      const result = encodeOnce(image)
      const before = pupils.get(eye)
      pupils.set(eye, look.pupil)
      const radius = result.quality?.irisRadiusPixels
      const isMoving =
        before !== undefined &&
        radius !== undefined &&
        motionPercent(before, look.pupil, radius) > MOST_MOTION_PERCENT
      const reading = readingOf(image, result)
      return isMoving && reading.isGood
        ? { ...reading, isGood: false, instruction: 'hold-still' }
        : reading
    },
    glance(image) {
      const look = assessFrame(image)
      return look.outcome === 'usable' ? look.quality : 0
    },
    encode(frames, eye) {
      const results = frames.map(encodeOnce)
      const ranked = results
        .filter((result) => result.outcome === 'encoded')
        .sort((a, b) => b.quality.score - a.quality.score)
      const voters = ranked.slice(0, isFusing ? MOST_FUSED : 1)
      const fused = fuseIris(voters.map(({ template }) => template))
      const lead = ranked[fused?.members[0] ?? 0]
      if (fused !== undefined && lead !== undefined) {
        const reference = irisReference(eye, fused.template, lead.quality.score)
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
