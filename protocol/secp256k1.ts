import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as secp from '@noble/secp256k1'
import { PersonhoodError } from './errors.ts'

secp.hashes.sha256 = sha256
secp.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message)

/** Checks an ES256K signature: 33-byte compressed key, message (not yet hashed), 64-byte r‖s. */
export type SignatureVerifier = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean

/** Compressed public key (33 bytes, SEC 1 §2.3.3) of a 32-byte private key. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return secp.getPublicKey(privateKey, true)
}

/** ES256K (RFC 8812 §3.2): SHA-256 prehash, RFC 6979 nonce, 64-byte r‖s with low S. */
export function signMessage(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return secp.sign(message, privateKey)
}

/**
 * True when the signature is this key's over this message. High-S signatures are refused: the
 * profile has one form of each signature. Malformed keys and signatures are false, never thrown.
 */
export const verifyMessage: SignatureVerifier = (publicKey, message, signature) => {
  if (signature.length !== 64 || publicKey.length !== 33) return false
  try {
    return secp.verify(signature, message, publicKey, { lowS: true })
  } catch {
    return false
  }
}

/** The x coordinate (32 bytes) of the ECDH point, RFC 9053 §6.3.1. Throws on a point off the curve. */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return secp.getSharedSecret(privateKey, publicKey, true).slice(1)
  } catch (cause) {
    throw new PersonhoodError('bytes.public-key', 'not a point of secp256k1', { cause })
  }
}

/** A valid private key (32 bytes) out of 48 random bytes (FIPS 186-5 A.2.1, bias below 2^-128). */
export function privateKeyFrom(random48: Uint8Array): Uint8Array {
  if (random48.length !== 48) {
    throw new PersonhoodError('call.random', `48 random bytes wanted, got ${random48.length}`)
  }
  return secp.utils.randomSecretKey(random48)
}

/** The affine coordinates (32 bytes each) of a compressed key; throws `bytes.public-key`. */
export function coordinates(publicKey: Uint8Array): { x: Uint8Array; y: Uint8Array } {
  try {
    const point = secp.Point.fromBytes(publicKey).toBytes(false)
    return { x: point.slice(1, 33), y: point.slice(33, 65) }
  } catch (cause) {
    throw new PersonhoodError('bytes.public-key', 'not a point of secp256k1', { cause })
  }
}
