import type { PadFrame } from '../../biometrics/pad/assess.ts'
import { type Challenge, segmentNonce } from '../../biometrics/pad/challenge.ts'
import type { EyeCamera } from '../../hardware/camera/eye-camera.ts'
import type { OrbFrame } from '../../hardware/orb/burst.ts'
import type { EyePosition } from '../../protocol/image.ts'

/** Slowest pace of a head that is waited for, ms a frame: a third of the usual. */
const SLOWEST_FRAME_MS = 120
/** What a head may need to begin, ms. */
const BEGINNING_MS = 3000

/**
 * Plays a challenge to one eye, one capture a segment under the segment's nonce. The times of the
 * frames are on one clock: `Orb.capture` has checked the head's signature over each of them and that
 * all are of one boot, and a plain camera's are ours.
 */
export async function playChallenge(
  camera: EyeCamera,
  challenge: Challenge,
  request: {
    readonly eye: EyePosition
    readonly signal: AbortSignal
    readonly onFrame: (frame: OrbFrame) => void
  },
): Promise<readonly PadFrame[]> {
  const { eye, signal, onFrame } = request
  const frames: PadFrame[] = []
  for (const [segment, { frames: maxFrames, illumination }] of challenge.segments.entries()) {
    const burst = await camera.capture({
      eye,
      nonce: segmentNonce(challenge, segment),
      timeoutMs: BEGINNING_MS + SLOWEST_FRAME_MS * maxFrames,
      maxFrames,
      illumination,
      signal,
      onFrame(frame) {
        onFrame(frame)
        return 'keep'
      },
    })
    signal.throwIfAborted()
    for (const { sequence, headUs, illumination: lit, image } of burst.frames) {
      frames.push({ segment, sequence, atMs: headUs / 1000, illumination: lit, image })
    }
  }
  return frames
}
