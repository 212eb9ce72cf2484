import { type Credential, parseCredential } from '../../protocol/credential.ts'
import type { Enrolment } from '../../protocol/messages/enrolment.ts'
import type { RefusalReason } from '../../protocol/messages/receipt.ts'
import { committedBy } from '../../protocol/messages/references.ts'
import type { SignatureVerifier } from '../../protocol/secp256k1.ts'
import { type ClockReading, DAY_S } from '../../protocol/time.ts'
import type { Trust, TrustedKey } from '../../protocol/trust-list.ts'
import { type Reason, verifyCredential } from '../../protocol/verify.ts'
import { hasComparableEye } from '../check/eyes.ts'
import type { Leases } from '../records/leases.ts'

/** What an enrolment is judged by. */
export type Judgement = {
  readonly sender: TrustedKey
  readonly trust: Trust
  readonly verify: SignatureVerifier
  readonly clock: ClockReading
  readonly leases: Leases
  readonly provisionalDays: number
}

/** The enrolment's credential, or why the enrolment cannot be taken. */
export function judgeEnrolment(
  enrolment: Enrolment,
  judgement: Judgement,
): { readonly credential: Credential } | { readonly refusal: RefusalReason } {
  const refused = credentialFault(enrolment, judgement)
  if (refused !== undefined) return { refusal: refused }
  const { credential } = parseCredential(enrolment.credential)
  const { sender, leases, provisionalDays, trust, verify } = judgement
  if (credential.expires - credential.issued > provisionalDays * DAY_S) {
    return { refusal: 'malformed' }
  }
  if (!leases.isLeasedTo(sender.station, credential.status)) return { refusal: 'not-ours' }
  if (!hasComparableEye(enrolment.references)) return { refusal: 'malformed' }
  const key = committedBy(enrolment.commitment, enrolment.references, trust, verify)
  if (key?.station !== sender.station) return { refusal: 'wrong-signature' }
  return { credential }
}

const REFUSALS: { readonly [K in Reason]?: RefusalReason } = {
  'unknown-issuer': 'wrong-signature',
  'wrong-signature': 'wrong-signature',
  'issuer-withdrawn': 'not-ours',
  // Made while the kiosk's clock was ahead: the time will come for it.
  'not-yet-valid': 'expired',
}

function credentialFault(
  { credential, card }: Enrolment,
  { sender, trust, verify, clock }: Judgement,
): RefusalReason | undefined {
  const verdict = verifyCredential({
    bytes: credential,
    trust,
    verify,
    status: () => undefined,
    clock: { ...clock, unix: Math.min(clock.unix, issuedOf(credential)) },
    cardProof: { kind: 'authenticated', ...card },
  })
  if (verdict.outcome !== 'go') return REFUSALS[verdict.reason] ?? 'malformed'
  if (verdict.issuer !== sender.station) return 'not-ours'
  return verdict.stage === 'provisional' ? undefined : 'malformed'
}

/**
 * A credential is judged as of its day: a kiosk may bring it weeks later, when it is long expired,
 * and it is an enrolment all the same. What lies in the future is judged as of now.
 */
function issuedOf(credential: Uint8Array): number {
  try {
    return parseCredential(credential).credential.issued
  } catch {
    return Number.POSITIVE_INFINITY // verification says that it is no credential
  }
}
