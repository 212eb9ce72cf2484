import { parseSign1 } from '../../protocol/cose-sign1.ts'
import type { StationPath } from '../../protocol/district.ts'
import { type EnvelopeFault, envelopeSchema } from '../../protocol/envelope.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { RefusalReason } from '../../protocol/messages/receipt.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { findKeys, type Trust } from '../../protocol/trust-list.ts'

/** What an envelope that is not acted on says of itself; nothing of it is proven. */
export type Claim = { readonly station: StationPath; readonly correlation: Uint8Array }

/** Who says to have sent a refused envelope, where that is a station that we know and can answer. */
export function claimOf(received: Uint8Array, trust: Trust): Claim | undefined {
  try {
    const message = parseSign1(received)
    const { correlation } = decodeRecord(envelopeSchema, message.payload)
    const [key] = findKeys(trust, message.kid, 'relay')
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
