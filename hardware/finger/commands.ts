import { PersonhoodError } from '../../protocol/errors.ts'
import type { GreyImage } from '../../protocol/image.ts'

/** Instruction codes (ZFM-20 user manual §5.2; aura light: R503 user manual §5.3). */
export const Instruction = {
  generateImage: 0x01,
  uploadImage: 0x0a,
  readParameters: 0x0f,
  verifyPassword: 0x13,
  auraLight: 0x35,
} as const

/** Confirmation codes that the driver tells apart (manual §5.2.2). */
export const Confirmation = {
  done: 0x00,
  packetError: 0x01,
  noFinger: 0x02,
  captureFailed: 0x03,
  uploadFailed: 0x0f,
  wrongPassword: 0x13,
  noImage: 0x15,
  invalidParameter: 0x1a,
} as const

/** What a module says of itself (ReadSysPara, manual §5.2.1). */
export type FingerParameters = {
  /** Bytes of a data packet: 32, 64, 128 or 256. */
  readonly packetBytes: number
  readonly baud: number
}

/** How the light of a R503 moves (AuraLedConfig). */
export const AuraMotion = {
  breathe: 1,
  flash: 2,
  steady: 3,
  off: 4,
  fadeIn: 5,
  fadeOut: 6,
} as const
/** Its colours; the first three on every R503, the rest from its manual 1.2 on. */
export const AuraColour = {
  red: 1,
  blue: 2,
  purple: 3,
  green: 4,
  yellow: 5,
  cyan: 6,
  white: 7,
} as const

/** A light of the ring around the sensor. */
export type AuraShow = {
  readonly motion: keyof typeof AuraMotion
  readonly colour: keyof typeof AuraColour
  /** 0 fastest .. 255, default 128: of one breath or flash. */
  readonly speed?: number
  /** Repetitions, 0 = until told otherwise, the default. */
  readonly times?: number
}

const PARAMETER_BYTES = 16
const PACKET_SIZES = [32, 64, 128, 256] as const

/** The answer's bytes behind its confirmation, or nothing where they are none. */
export function readParameters(bytes: Uint8Array): FingerParameters | undefined {
  if (bytes.length !== PARAMETER_BYTES) return undefined
  const packetBytes = PACKET_SIZES[(bytes[12] ?? 0) * 256 + (bytes[13] ?? 0)]
  const times = (bytes[14] ?? 0) * 256 + (bytes[15] ?? 0)
  if (packetBytes === undefined || times < 1 || times > 12) return undefined
  return { packetBytes, baud: 9600 * times }
}

/** Parameters of AuraLedConfig: motion, speed, colour, repetitions. */
export function encodeAura(show: AuraShow): Uint8Array {
  const { speed = 128, times = 0 } = show
  for (const value of [speed, times]) {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw new PersonhoodError('call.finger-light', `speed and times are 0..255, not ${value}`)
    }
  }
  return Uint8Array.of(AuraMotion[show.motion], speed, AuraColour[show.colour], times)
}

/**
 * Sizes of the pictures by the bytes of their upload at four bits a pixel: the modules do not say
 * which they have. 256 x 288 is the ZFM-20's (manual §4.1.1), 192 x 192 the R503's.
 */
const SIZES: readonly (readonly [width: number, height: number])[] = [
  [256, 288],
  [192, 192],
  [160, 160],
]

/** Longest upload, in bytes. */
export const MAX_UPLOAD_BYTES: number = Math.max(
  ...SIZES.map(([width, height]) => (width * height) / 2),
)

/** The picture of an upload: the high four bits are the pixel on the left; 0..15 becomes 0..255. */
export function unpackImage(bytes: Uint8Array): GreyImage | undefined {
  const size = SIZES.find(([width, height]) => width * height === bytes.length * 2)
  if (size === undefined) return undefined
  const pixels = new Uint8Array(bytes.length * 2)
  for (const [i, byte] of bytes.entries()) {
    pixels[2 * i] = (byte >> 4) * 17
    pixels[2 * i + 1] = (byte & 0x0f) * 17
  }
  return { width: size[0], height: size[1], pixels }
}
