import { concat } from '../protocol/bytes.ts'
import { open, randomBytes, seal } from './crypto.ts'

const NONCE_BYTES = 12

/** Bytes that a sealed value is longer than the value: nonce and tag. */
export const SEAL_BYTES: number = NONCE_BYTES + 16

/**
 * A value as it rests: 12-byte random nonce, then AES-256-GCM with the row's key as AAD, so that two
 * rows cannot change places. Random nonces hold for 2^32 writes under one key (SP 800-38D §8.3): at a
 * hundred a second, for a year and more.
 */
export function sealRow(key: Uint8Array, row: Uint8Array, value: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  return concat(nonce, seal(key, nonce, row, value))
}

/** The value of a sealed row, or undefined where it is not what was written there under this key. */
export function openRow(
  key: Uint8Array,
  row: Uint8Array,
  stored: Uint8Array,
): Uint8Array | undefined {
  if (stored.length < SEAL_BYTES) return undefined
  return open(key, stored.subarray(0, NONCE_BYTES), row, stored.subarray(NONCE_BYTES))
}
