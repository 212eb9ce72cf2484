import { sha256 } from '@noble/hashes/sha2.js'
import {
  type BiometricReference,
  MAX_REFERENCE_BYTES,
  type PackedBiometricReference,
  packBiometricReference,
  parseBiometricReference,
} from '../biometric-reference.ts'
import { equalBytes } from '../bytes.ts'
import { type CborValue, encodeCbor } from '../cbor.ts'
import { parseSign1, type Signer, signSign1 } from '../cose-sign1.ts'
import { hasCode, PersonhoodError } from '../errors.ts'
import {
  bytes,
  decodeRecord,
  encodeRecord,
  field,
  type Kind,
  record,
  type Schema,
  uint,
} from '../schema.ts'
import type { SignatureVerifier } from '../secp256k1.ts'
import type { UnixSeconds } from '../time.ts'
import { findSigners, isInForce, type Trust, type TrustedKey } from '../trust-list.ts'

/** Most references of one person in one message: two eyes, and six more of other modalities. */
export const MAX_REFERENCES = 8

/** A biometric reference in a message: an array, as `packBiometricReference` orders it. */
export const biometricReference: Kind<BiometricReference> = {
  cddl: 'biometric-reference',
  definition: `[
  modality: "iris" / "finger",
  position: tstr, ; 1..32 characters
  format: tstr, ; 1..32 characters; iris-code, and in an enrolment also iris-coded
  version: 1..65535,
  quality: 0..100,
  data: bstr .size (1..${MAX_REFERENCE_BYTES}),
]`,
  encode: (value) => packBiometricReference(value) as PackedBiometricReference & CborValue,
  parse(value, path, problems) {
    try {
      return parseBiometricReference(value)
    } catch (error) {
      if (!hasCode(error, 'bytes') || !(error instanceof PersonhoodError)) throw error
      problems.push(`${path}: ${error.message}`)
      return undefined
    }
  },
}

/** What a kiosk signs about a capture; it binds the references that were made of it. */
export type CaptureCommitment = {
  readonly referencesHash: Uint8Array
  readonly captured: UnixSeconds
}

/** The table of a commitment's fields. */
export const commitmentSchema: Schema<CaptureCommitment> = record<CaptureCommitment>(
  'capture-commitment',
  {
    referencesHash: field(1, bytes(32)),
    captured: field(2, uint(0xff_ff_ff_ff)),
  },
)

/** SHA-256 of the references' deterministic encoding, in their order. */
export function hashReferences(references: readonly BiometricReference[]): Uint8Array {
  return sha256(encodeCbor(references.map((reference) => biometricReference.encode(reference))))
}

/** Signs a capture commitment with the kiosk's `provisional` key. */
export function commitCapture(
  references: readonly BiometricReference[],
  captured: UnixSeconds,
  signer: Signer,
): Uint8Array {
  const commitment = { referencesHash: hashReferences(references), captured }
  return signSign1(signer, encodeRecord(commitmentSchema, commitment), 'pop-capture-1')
}

/**
 * The kiosk key that captured exactly these references within its delegation, or `undefined` where
 * the commitment is another's, of other references, or no commitment: a peer refuses to search
 * without it. The key may have been revoked since.
 */
export function committedBy(
  commitment: Uint8Array,
  references: readonly BiometricReference[],
  trust: Trust,
  verify: SignatureVerifier,
): TrustedKey | undefined {
  try {
    const message = parseSign1(commitment)
    const { referencesHash, captured } = decodeRecord(commitmentSchema, message.payload)
    if (!equalBytes(hashReferences(references), referencesHash)) return undefined
    const signers = findSigners(trust, message, 'provisional', 'pop-capture-1', verify)
    // What was captured before a revocation may be honest, so that is the caller's to judge.
    return signers.find((key) => isInForce({ ...key, revokedAfterLogIndex: undefined }, captured))
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}
