import { createHash } from 'node:crypto'
import { equalBytes } from '../../protocol/bytes.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import type { SignatureVerifier } from '../../protocol/secp256k1.ts'
import type { FrameDigest, FrameHeader } from './bodies.ts'
import { encodeHeader } from './body-codecs.ts'
import { captureToSign } from './messages.ts'

/** One frame of a capture as it came from the head. */
export type OrbFrame = Omit<FrameHeader, 'width' | 'height'> & { readonly image: GreyImage }

/**
 * A timestamped burst of one eye, bound by the head's signature to the challenge nonce and to each
 * frame that the head sent; `frames` are those of them that arrived whole and were kept.
 */
export type CaptureBurst = {
  readonly eye: EyePosition
  /** 8 bytes that name the head's start: bursts of one boot are on one clock. */
  readonly boot: Uint8Array
  /** 16 bytes, chosen by the kiosk for this capture. */
  readonly nonce: Uint8Array
  readonly frames: readonly OrbFrame[]
  /** Digests of all frames that the head sent, in their order. */
  readonly digests: readonly FrameDigest[]
  /** The head's compressed secp256k1 key, 33 bytes. */
  readonly headKey: Uint8Array
  /** Orb link §4.2: 64 bytes, r and s, low-S, over SHA-256. */
  readonly signature: Uint8Array
}

/** Orb link §3.6: SHA-256 over the frame's 16-byte header and its pixels. */
export function digestFrame(frame: OrbFrame): Uint8Array {
  const { width, height, pixels } = frame.image
  const header = encodeHeader({ ...frame, width, height })
  return Uint8Array.from(createHash('sha256').update(header).update(pixels).digest())
}

/** True when the head's key signed this nonce, this eye, its boot and each of these frames. */
export function verifyBurst(burst: CaptureBurst, verify: SignatureVerifier): boolean {
  const digests = new Map(burst.digests.map((digest) => [digest.sequence, digest.sha256]))
  const areFramesSigned = burst.frames.every((frame) => {
    const signed = digests.get(frame.sequence)
    return frame.eye === burst.eye && signed !== undefined && equalBytes(signed, digestFrame(frame))
  })
  return areFramesSigned && verify(burst.headKey, captureToSign(burst), burst.signature)
}
