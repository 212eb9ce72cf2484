import { concat, toText } from '../../protocol/bytes.ts'
import type { EyePosition } from '../../protocol/image.ts'
import {
  ALL_LIGHTS,
  type Bodies,
  type FrameHeader,
  MAX_CAPTURE_FRAMES,
  MAX_CHUNK_PIXELS,
  MAX_SIDE_PIXELS,
  type MessageName,
} from './bodies.ts'

const CHALLENGE_BYTES = 32
const NONCE_BYTES = 16
const KEY_BYTES = 33
const SIGNATURE_BYTES = 64
const DIGEST_BYTES = 32
const BOOT_BYTES = 8
const HEADER_BYTES = 16
const MAX_TEXT_BYTES = 64
const MAX_ERROR_BYTES = 200
const MAX_ILLUMINATIONS = 8

/** Orb link §3.5: the 16 bytes that stand before a frame's pixels in its digest. */
export function encodeHeader(header: FrameHeader): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES))
  view.setUint16(0, header.sequence)
  view.setBigUint64(2, BigInt(header.headUs))
  view.setUint8(10, eyeCode(header.eye))
  view.setUint8(11, header.illumination)
  view.setUint16(12, header.width)
  view.setUint16(14, header.height)
  return new Uint8Array(view.buffer)
}

/** One body on the wire: its message type, and both ways. */
export type Codec<Body> = {
  readonly type: number
  readonly encode: (body: Body) => Uint8Array
  readonly decode: (bytes: Uint8Array) => Body | undefined
}

/** Orb link §4.1: the fields of an identity that its signature covers. */
export const encodeIdentityFields = (body: Omit<Bodies['identity'], 'signature'>): Uint8Array =>
  concat(
    Uint8Array.of(body.storedFault),
    body.boot,
    Uint8Array.of(body.lights),
    text8(body.model),
    text8(body.serial),
    body.publicKey,
  )

/** Orb link §4.2: the fields of a capture that its signature covers. */
export const encodeCaptureFields = (body: Omit<Bodies['signature'], 'signature'>): Uint8Array =>
  concat(
    Uint8Array.of(eyeCode(body.eye)),
    body.boot,
    body.nonce,
    u16(body.digests.length),
    ...body.digests.flatMap((digest) => [u16(digest.sequence), digest.sha256]),
  )

/** How each body looks on the wire; nothing where lengths or ranges are not the link's. */
export const BODY_CODECS: { readonly [N in MessageName]: Codec<Bodies[N]> } = {
  hello: {
    type: 0x01,
    encode: (body) => body.challenge,
    decode: (bytes) =>
      bytes.length === CHALLENGE_BYTES ? { challenge: bytes.slice() } : undefined,
  },
  identity: {
    type: 0x81,
    encode: (body) => concat(encodeIdentityFields(body), body.signature),
    decode: decodeIdentity,
  },
  start: { type: 0x02, encode: encodeStart, decode: decodeStart },
  started: empty(0x82),
  chunk: {
    type: 0x90,
    encode: (body) => concat(encodeHeader(body), u32(body.offset), body.pixels),
    decode: decodeChunk,
  },
  stop: empty(0x03),
  signature: {
    type: 0x83,
    encode: (body) => concat(encodeCaptureFields(body), body.signature),
    decode: decodeSignature,
  },
  measure: empty(0x04),
  distance: {
    type: 0x84,
    encode: (body) => u16(body.mm),
    decode: (bytes) => (bytes.length === 2 ? { mm: viewOf(bytes).getUint16(0) } : undefined),
  },
  test: empty(0x05),
  tested: {
    type: 0x85,
    encode: (body) => Uint8Array.of(body.working, body.celsius & 0xff),
    decode: (bytes) =>
      bytes.length === 2
        ? { working: viewOf(bytes).getUint8(0), celsius: viewOf(bytes).getInt8(1) }
        : undefined,
  },
  heartbeat: {
    type: 0x8f,
    encode: (body) => u32(body.uptimeMs),
    decode: (bytes) => (bytes.length === 4 ? { uptimeMs: viewOf(bytes).getUint32(0) } : undefined),
  },
  error: {
    type: 0x8e,
    encode: (body) => concat(Uint8Array.of(body.code), clipped(body.text, MAX_ERROR_BYTES)),
    decode: (bytes) => {
      const text = bytes.length <= 1 + MAX_ERROR_BYTES ? utf8(bytes.subarray(1)) : undefined
      return bytes.length < 1 || text === undefined ? undefined : { code: bytes[0] ?? 0, text }
    },
  },
}

function decodeIdentity(bytes: Uint8Array): Bodies['identity'] | undefined {
  const fixed = 1 + BOOT_BYTES + 1
  const model = takeText8(bytes, fixed)
  const serial = model && takeText8(bytes, model.end)
  if (!serial || bytes.length !== serial.end + KEY_BYTES + SIGNATURE_BYTES) return undefined
  return {
    storedFault: bytes[0] ?? 0,
    boot: bytes.slice(1, 1 + BOOT_BYTES),
    lights: bytes[fixed - 1] ?? 0,
    model: model.text,
    serial: serial.text,
    publicKey: bytes.slice(serial.end, serial.end + KEY_BYTES),
    signature: bytes.slice(serial.end + KEY_BYTES),
  }
}

function encodeStart(body: Bodies['start']): Uint8Array {
  return concat(
    Uint8Array.of(eyeCode(body.eye)),
    body.nonce,
    u32(body.exposureUs),
    u16(body.maxFrames),
    body.illumination,
  )
}

function decodeStart(bytes: Uint8Array): Bodies['start'] | undefined {
  const fixed = 1 + NONCE_BYTES + 6
  if (bytes.length <= fixed || bytes.length > fixed + MAX_ILLUMINATIONS) return undefined
  const view = viewOf(bytes)
  const eye = eyeOf(view.getUint8(0))
  const maxFrames = view.getUint16(fixed - 2)
  if (eye === undefined || maxFrames < 1 || maxFrames > MAX_CAPTURE_FRAMES) return undefined
  return {
    eye,
    nonce: bytes.slice(1, 1 + NONCE_BYTES),
    exposureUs: view.getUint32(1 + NONCE_BYTES),
    maxFrames,
    illumination: bytes.slice(fixed),
  }
}

function decodeChunk(bytes: Uint8Array): Bodies['chunk'] | undefined {
  const fixed = HEADER_BYTES + 4
  if (bytes.length <= fixed || bytes.length > fixed + MAX_CHUNK_PIXELS) return undefined
  const view = viewOf(bytes)
  const headUs = view.getBigUint64(2)
  const eye = eyeOf(view.getUint8(10))
  const illumination = view.getUint8(11)
  const [width, height] = [view.getUint16(12), view.getUint16(14)]
  const offset = view.getUint32(HEADER_BYTES)
  const isInside =
    isSide(width) && isSide(height) && offset + bytes.length - fixed <= width * height
  const isKnown = illumination <= ALL_LIGHTS && headUs <= Number.MAX_SAFE_INTEGER
  if (eye === undefined || !isInside || !isKnown) return undefined
  return {
    sequence: view.getUint16(0),
    headUs: Number(headUs),
    eye,
    illumination,
    width,
    height,
    offset,
    pixels: bytes.slice(fixed),
  }
}

function decodeSignature(bytes: Uint8Array): Bodies['signature'] | undefined {
  const fixed = 1 + BOOT_BYTES + NONCE_BYTES + 2
  if (bytes.length < fixed + SIGNATURE_BYTES) return undefined
  const view = viewOf(bytes)
  const eye = eyeOf(view.getUint8(0))
  const count = view.getUint16(fixed - 2)
  const size = 2 + DIGEST_BYTES
  if (eye === undefined || count > MAX_CAPTURE_FRAMES) return undefined
  if (bytes.length !== fixed + count * size + SIGNATURE_BYTES) return undefined
  const digests = Array.from({ length: count }, (_, i) => {
    const at = fixed + i * size
    return { sequence: view.getUint16(at), sha256: bytes.slice(at + 2, at + size) }
  })
  return {
    eye,
    boot: bytes.slice(1, 1 + BOOT_BYTES),
    nonce: bytes.slice(1 + BOOT_BYTES, fixed - 2),
    digests,
    signature: bytes.slice(-SIGNATURE_BYTES),
  }
}

function empty(type: number): Codec<Record<never, never>> {
  return {
    type,
    encode: () => new Uint8Array(0),
    decode: (bytes) => (bytes.length === 0 ? {} : undefined),
  }
}

/** ISO/IEC 19794-6 eye label: 1 the subject's right, 2 the subject's left. */
function eyeCode(eye: EyePosition): number {
  return eye === 'right' ? 1 : 2
}

function eyeOf(code: number): EyePosition | undefined {
  if (code === 1) return 'right'
  return code === 2 ? 'left' : undefined
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MAX_SIDE_PIXELS
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

function text8(text: string): Uint8Array {
  const bytes = clipped(text, MAX_TEXT_BYTES)
  return concat(Uint8Array.of(bytes.length), bytes)
}

/** UTF-8 of as much of the text as fits, never half a character. */
function clipped(text: string, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(maxBytes)
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written)
}

function takeText8(bytes: Uint8Array, at: number): { text: string; end: number } | undefined {
  const length = bytes[at]
  if (length === undefined || length > MAX_TEXT_BYTES) return undefined
  const end = at + 1 + length
  const text = end <= bytes.length ? utf8(bytes.subarray(at + 1, end)) : undefined
  return text === undefined ? undefined : { text, end }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return toText(bytes)
  } catch {
    return undefined
  }
}
