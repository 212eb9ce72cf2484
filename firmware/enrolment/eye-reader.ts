import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import type { InstructionId, Overlay } from '../kiosk-state.ts'

/** What the quality gate says of one frame. */
export type FrameReading = {
  /** 0..100. */
  readonly quality: number
  /** Worth encoding. */
  readonly isGood: boolean
  /** What would make the next frame better. */
  readonly instruction: InstructionId
  readonly overlay?: Overlay | undefined
}

/** What was made of the frames of one capture. */
export type EyeReading =
  | { readonly outcome: 'encoded'; readonly reference: BiometricReference }
  | { readonly outcome: 'refused'; readonly instruction: InstructionId }

/** The iris pipeline as an enrolment sees it. */
export type EyeReader = {
  /** Looks at a frame of the stream, quick enough for its rate. */
  assess(image: GreyImage, eye: EyePosition): FrameReading
  /** A quick glance at a frame of a finished look, 0..100: what to read first. */
  glance(image: GreyImage): number
  /** Makes one reference of the best frames, best first. */
  encode(frames: readonly GreyImage[], eye: EyePosition): Promise<EyeReading>
}
