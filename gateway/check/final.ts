import type { Signer } from '../../protocol/cose-sign1.ts'
import { CREDENTIAL_ID_BYTES, issueCredential, parseCredential } from '../../protocol/credential.ts'
import type { RandomBytes } from '../../protocol/seal.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'

/** What the district adds to a provisional credential. */
export type FinalTerms = {
  readonly assurance: number
  readonly now: UnixSeconds
  readonly finalDays: number
}

/**
 * The final credential for a card that holds this provisional one, of equal length: status index and
 * card binding stay, all that the card's redo record lists is new (docs/card-layout.md). The identifier is
 * among it: two tokens with different claims must not share a `cti` (RFC 8392 §3.1.7).
 */
export function issueFinal(
  provisional: Uint8Array,
  { assurance, now, finalDays }: FinalTerms,
  signer: Signer,
  randomBytes: RandomBytes,
): Uint8Array {
  const { credential } = parseCredential(provisional)
  const terms = {
    id: randomBytes(CREDENTIAL_ID_BYTES),
    issued: now,
    expires: now + finalDays * DAY_S,
    assurance,
    stage: 'final',
  } as const
  return issueCredential({ ...credential, ...terms }, signer)
}
