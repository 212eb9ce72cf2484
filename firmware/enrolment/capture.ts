import type { OrbFrame } from '../../hardware/orb/burst.ts'
import type { Orb } from '../../hardware/orb/orb.ts'
import type { EyePosition } from '../../protocol/image.ts'
import type { EyeReader, EyeReading, FrameReading } from './eye-reader.ts'

/** One frame as the page shows it. */
export type ShownFrame = { readonly frame: OrbFrame; readonly reading: FrameReading }

/** What one try at one eye needs. */
export type CaptureEyeOptions = {
  readonly orb: Orb
  readonly eye: EyePosition
  readonly reader: EyeReader
  readonly random: (lengthBytes: number) => Uint8Array
  readonly signal: AbortSignal
  readonly onFrame: (shown: ShownFrame) => void
}

/** A try takes at most this long. */
export const CAPTURE_TIMEOUT_MS = 8000
/** Good frames that are enough: one may still be a blink's beginning, three agree. */
const ENOUGH_FRAMES = 3
const MAX_FRAMES = 160

/**
 * One try at one eye: streams until enough frames pass the gate, checks the head's signature over
 * them, and encodes the best. The frames go no further than this function and the page's preview.
 */
export async function captureEye(options: CaptureEyeOptions): Promise<EyeReading> {
  const { orb, eye, reader, random, signal, onFrame } = options
  const readings = new Map<number, FrameReading>()
  let good = 0
  let last: FrameReading | undefined
  const burst = await orb.capture({
    eye,
    nonce: random(16),
    timeoutMs: CAPTURE_TIMEOUT_MS,
    maxFrames: MAX_FRAMES,
    signal,
    onFrame(frame) {
      const reading = reader.assess(frame.image, eye)
      last = reading
      onFrame({ frame, reading })
      if (!reading.isGood) return 'drop'
      readings.set(frame.sequence, reading)
      good += 1
      return good < ENOUGH_FRAMES ? 'keep' : 'enough'
    },
  })
  signal.throwIfAborted()
  const qualityOf = (frame: OrbFrame): number => readings.get(frame.sequence)?.quality ?? 0
  const best = [...burst.frames].sort((a, b) => qualityOf(b) - qualityOf(a))
  if (best.length === 0) {
    return { outcome: 'refused', instruction: last?.instruction ?? 'look-into-the-camera' }
  }
  return reader.encode(
    best.map(({ image }) => image),
    eye,
  )
}
