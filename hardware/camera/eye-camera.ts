import type { OrbFrame } from '../orb/burst.ts'
import type { CaptureRequest } from '../orb/orb.ts'
import type { BytePort } from '../port.ts'

/** What a camera can do besides sending frames; what it cannot, a person is asked for. */
export type CameraCapabilities = {
  /** Lights that a capture may ask for, as bits of `LIGHTS`; 0 = its light is as it is. */
  readonly lights: number
  /** Whether the frames come under the signature of a key that only this camera has. */
  readonly signsFrames: boolean
}

/** A camera that eyes are captured with: a head of the orb link, or a plain camera. */
export type EyeCamera = {
  readonly capabilities: CameraCapabilities
  /** Streams frames until enough, `maxFrames` or `timeoutMs`. One capture at a time. */
  capture(request: CaptureRequest): Promise<{ readonly frames: readonly OrbFrame[] }>
  /** Asks the idle camera anything cheap; rejects where it is gone. */
  probe(signal: AbortSignal): Promise<unknown>
  readonly onClose: BytePort['onClose']
  close(): Promise<void>
}
