import { sha256 } from '@noble/hashes/sha2.js'
import { toHex } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import { coordinates } from './secp256k1.ts'

declare const kidBrand: unique symbol

/** Key identifier in hex: the first 8 bytes of the COSE key thumbprint (RFC 9679). A hint, never proof. */
export type Kid = string & { readonly [kidBrand]: true }

/** Length of a key identifier on the wire. */
export const KID_BYTES = 8

/** COSE key thumbprint (RFC 9679 §4, SHA-256) of a secp256k1 key (kty EC2 = 2, crv = 8). */
export function thumbprint(publicKey: Uint8Array): Uint8Array {
  const { x, y } = coordinates(publicKey)
  return sha256(
    encodeCbor(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [-1, 8],
        [-2, x],
        [-3, y],
      ]),
    ),
  )
}

/** Key identifier (8 bytes) of a secp256k1 key. */
export function kidBytesOf(publicKey: Uint8Array): Uint8Array {
  return thumbprint(publicKey).slice(0, KID_BYTES)
}

/** Key identifier of a secp256k1 key, in hex. */
export function kidOf(publicKey: Uint8Array): Kid {
  return asKid(kidBytesOf(publicKey))
}

/** Key identifier from its 8 bytes. */
export function asKid(bytes: Uint8Array): Kid {
  return toHex(bytes) as Kid
}
