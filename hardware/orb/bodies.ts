import type { EyePosition } from '../../protocol/image.ts'

/** Orb link §3: most frames of one capture, so that their digests fit one link frame. */
export const MAX_CAPTURE_FRAMES = 240

/** Orb link §3.5: most pixels in one chunk. */
export const MAX_CHUNK_PIXELS = 4096

/** Orb link §3.5: most pixels along one side of a frame. */
export const MAX_SIDE_PIXELS = 2048

/** Orb link §3.1: the lights of a head, as bits of an illumination id and of what a head has. */
export const LIGHTS = {
  /** Near-infrared, on the image's left. */
  left: 0b001,
  /** Near-infrared, on the image's right. */
  right: 0b010,
  /** A soft visible light that the pupil answers. */
  flash: 0b100,
} as const

/** Every light that this version of the link knows. */
export const ALL_LIGHTS: number = LIGHTS.left | LIGHTS.right | LIGHTS.flash

/** Orb link §3.8: codes of `error` that are the link's own; from 16 on they are the maker's. */
export const LINK_FAULTS = { version: 1, noCapture: 2, noSuchLight: 3 } as const

/** Orb link §3.5: what a chunk says of the frame that it belongs to. */
export type FrameHeader = {
  /** Counts frames of a capture from 0. */
  readonly sequence: number
  /** The head's own clock, µs since its start; it goes on from one capture to the next. */
  readonly headUs: number
  readonly eye: EyePosition
  /** Which lights were on: `LIGHTS`. */
  readonly illumination: number
  readonly width: number
  readonly height: number
}

/** Orb link §3.6: one frame's number and the SHA-256 of its header and pixels. */
export type FrameDigest = { readonly sequence: number; readonly sha256: Uint8Array }

/** The bodies of the orb link by message name. */
export type Bodies = {
  readonly hello: {
    readonly challenge: Uint8Array
    /** Orb link §2.1: there where the kiosk speaks another version than ours. */
    readonly version?: number
  }
  readonly identity: {
    /** Orb link §3.8: the code of a fault that outlived a restart; 0 for none. */
    readonly storedFault: number
    /** 8 bytes, drawn anew at each start of the head. */
    readonly boot: Uint8Array
    /** Orb link §3.1: which lights the head has, as bits of `LIGHTS`. */
    readonly lights: number
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
    /** The boot under which the capture was begun and ended. */
    readonly boot: Uint8Array
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
  readonly error: {
    readonly code: number
    readonly text: string
    /** Orb link §2.1: there where the head speaks another version than ours. */
    readonly version?: number
  }
}

export type MessageName = keyof Bodies
