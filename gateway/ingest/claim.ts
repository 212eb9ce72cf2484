import { parseSign1 } from '../../protocol/cose-sign1.ts'
import type { StationPath } from '../../protocol/district.ts'
import { type EnvelopeFault, envelopeSchema } from '../../protocol/envelope.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { RefusalReason } from '../../protocol/messages/receipt.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { SignatureVerifier } from '../../protocol/secp256k1.ts'
import { findSigners, type Trust } from '../../protocol/trust-list.ts'

/** Who sent an envelope that is not acted on, and what its answer is tied to. */
export type Claim = { readonly station: StationPath; readonly correlation: Uint8Array }

/**
 * The claim of an envelope whose signature is good, though its time, addressee or delegation is not.
 * Of any other `undefined`: a signed refusal of a record would be had by whoever has seen its name.
 */
export function claimOf(
  received: Uint8Array,
  trust: Trust,
  verify: SignatureVerifier,
): Claim | undefined {
  try {
    const message = parseSign1(received)
    const { correlation } = decodeRecord(envelopeSchema, message.payload)
    const [key] = findSigners(trust, message, 'relay', 'pop-envelope-1', verify)
    return key && correlation && { station: key.station, correlation }
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}

/** The word in a receipt for a fault of the envelope. */
export const FAULT_REASONS: { readonly [K in EnvelopeFault]: RefusalReason } = {
  malformed: 'malformed',
  'unknown-sender': 'not-ours',
  'wrong-signature': 'wrong-signature',
  'wrong-version': 'unknown-type',
  'not-for-us': 'not-ours',
  expired: 'expired',
  'from-the-future': 'expired',
}
