import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import { createRandom } from '../sim/random.ts'
import { type Bodies, MAX_CHUNK_PIXELS } from './bodies.ts'
import type { OrbFrame } from './burst.ts'
import { encodeMessage } from './messages.ts'

/** What the simulated camera sees; nothing where nobody is in front. */
export type FrameSource = (request: {
  readonly eye: EyePosition
  /** Counts frames of a capture from 0. */
  readonly sequence: number
  readonly illumination: number
  /** The head's own clock, µs since its start. */
  readonly headUs: number
}) => GreyImage | undefined

/** The frame that a capture takes next, at `headUs` of the head's clock. */
export function seeFrame(
  source: FrameSource,
  { eye, illumination }: Bodies['start'],
  sequence: number,
  headUs: number,
): OrbFrame {
  const lit = illumination[sequence % illumination.length] ?? 0
  const image = source({ eye, sequence, illumination: lit, headUs }) ?? darkFrame(sequence)
  return { sequence, headUs, eye, illumination: lit, image }
}

/** What a near-infrared camera sees of an empty room: read-out noise. */
function darkFrame(sequence: number): GreyImage {
  const [width, height] = [320, 240]
  const random = createRandom(sequence)
  return { width, height, pixels: Uint8Array.from({ length: width * height }, () => random.int(9)) }
}

/** A frame as its messages. */
export function chunksOf(frame: OrbFrame, tag: number): Uint8Array[] {
  const { width, height, pixels } = frame.image
  const chunks: Uint8Array[] = []
  for (let offset = 0; offset < pixels.length; offset += MAX_CHUNK_PIXELS) {
    const part = pixels.subarray(offset, offset + MAX_CHUNK_PIXELS)
    const body = { ...frame, width, height, offset, pixels: part }
    chunks.push(encodeMessage({ name: 'chunk', tag, body }))
  }
  return chunks
}

/** A fault of the cable. Changes one bit in the middle, and never makes a delimiter of it. */
export function damage(bytes: Uint8Array): void {
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) === 1 ? 3 : (bytes[at] ?? 0) ^ 1
}
