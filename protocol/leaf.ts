import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromText } from './bytes.ts'
import { PersonhoodError } from './errors.ts'

/** What the public log commits to; the number is part of the leaf. */
export const LEAF_TYPES = {
  enrolment: 1,
  final: 2,
  query: 3,
  answer: 4,
  case: 5,
  refusal: 6,
  'tap-counts': 7,
} as const

/** A kind of leaf. */
export type LeafType = keyof typeof LEAF_TYPES

/** Length of a leaf's salt: deleting it erases what the leaf was about. */
export const LEAF_SALT_BYTES = 32

/**
 * A salted commitment of 32 bytes: SHA-256 over a label, the type and the hash of salt and content.
 * Without the salt it tells nothing of the content.
 */
export function leafCommitment(type: LeafType, salt: Uint8Array, content: Uint8Array): Uint8Array {
  if (salt.length !== LEAF_SALT_BYTES) {
    // Of a salt of any length it could not be told where it ends and the content begins.
    throw new PersonhoodError(
      'call.salt',
      `a salt has ${LEAF_SALT_BYTES} bytes, not ${salt.length}`,
    )
  }
  const hidden = sha256(concat(salt, content))
  return sha256(concat(fromText('pop-leaf-1'), Uint8Array.of(LEAF_TYPES[type]), hidden))
}
