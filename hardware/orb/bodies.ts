import type { EyePosition } from '../../protocol/image.ts'

/** Orb link §3: most frames of one capture, so that their digests fit one link frame. */
export const MAX_CAPTURE_FRAMES = 240

/** Orb link §3.5: most pixels in one chunk. */
export const MAX_CHUNK_PIXELS = 4096

/** Orb link §3.5: most pixels along one side of a frame. */
export const MAX_SIDE_PIXELS = 2048

/** Orb link §3.5: what a chunk says of the frame that it belongs to. */
export type FrameHeader = {
  /** Counts frames of a capture from 0. */
  readonly sequence: number
  /** The head's own clock, ms since its start. */
  readonly headMs: number
  readonly eye: EyePosition
  /** Which illuminators were lit: bit 0 the left, bit 1 the right. */
  readonly illumination: number
  readonly width: number
  readonly height: number
}

/** Orb link §3.6: one frame's number and the SHA-256 of its header and pixels. */
export type FrameDigest = { readonly sequence: number; readonly sha256: Uint8Array }

/** The bodies of the orb link by message name. */
export type Bodies = {
  readonly hello: { readonly challenge: Uint8Array }
  readonly identity: {
    /** Orb link §3.8: the code of a fault that outlived a restart; 0 for none. */
    readonly storedFault: number
    readonly model: string
    readonly serial: string
    readonly publicKey: Uint8Array
    readonly signature: Uint8Array
  }
  readonly start: {
    readonly eye: EyePosition
    readonly nonce: Uint8Array
    /** Exposure of one frame in microseconds; 0 lets the head choose. */
    readonly exposureUs: number
    readonly maxFrames: number
    /** Illumination ids that the frames go through in turn. */
    readonly illumination: Uint8Array
  }
  readonly started: Record<never, never>
  readonly chunk: FrameHeader & { readonly offset: number; readonly pixels: Uint8Array }
  readonly stop: Record<never, never>
  readonly signature: {
    readonly eye: EyePosition
    readonly nonce: Uint8Array
    readonly digests: readonly FrameDigest[]
    readonly signature: Uint8Array
  }
  readonly measure: Record<never, never>
  /** Millimetres to the face; 65,535 when nobody is in front. */
  readonly distance: { readonly mm: number }
  readonly test: Record<never, never>
  /** Bits that are set work: 0 camera, 1 left and 2 right illuminator, 3 distance sensor. */
  readonly tested: { readonly working: number; readonly celsius: number }
  readonly heartbeat: { readonly uptimeMs: number }
  readonly error: { readonly code: number; readonly text: string }
}

export type MessageName = keyof Bodies
