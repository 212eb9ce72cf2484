import { equalBytes } from './bytes.ts'
import { type Credential, cardBindingOf, parseCredential, type Stage } from './credential.ts'
import { hasCode } from './errors.ts'
import type { SignatureVerifier } from './secp256k1.ts'
import { readStatus, type StatusList } from './status-list.ts'
import { type ClockReading, DAY_S, MAX_CLOCK_SKEW_S } from './time.ts'
import { findKeys, findSigners, type Trust, type TrustedKey } from './trust-list.ts'

/** A provisional credential serves no longer than this from its issue (docs/protocol.md §4: 120 days in all). */
export const MAX_PROVISIONAL_S: number = 120 * DAY_S

/** What a tap tells the holder. The fourth, *one card please*, is the reader's own. */
export type Outcome = 'go' | 'stop' | 'again'

/** Why; `ok` goes with *go* alone. */
export type Reason =
  | 'ok'
  | 'not-a-credential'
  | 'unknown-issuer'
  | 'wrong-signature'
  | 'expired'
  | 'not-yet-valid'
  | 'revoked'
  | 'suspended'
  | 'issuer-withdrawn'
  | 'assurance-too-low'
  | 'another-card'

/** What the result rests on, weakest first (docs/protocol.md §10). */
export type Proof = 'signature' | 'card' | 'body'

/** How fresh the revocation knowledge behind the result is. */
export type Staleness = 'fresh' | 'stale' | 'unknown'

/** What the reader could prove about the card that carries the credential. */
export type CardProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'authenticated'; readonly uid: Uint8Array; readonly r: Uint8Array }

/** All that verification depends on. No clock, no store, no network. */
export type VerificationInput = {
  readonly bytes: Uint8Array
  readonly trust: Trust
  /** The newest status list for an issuer and list number, where the verifier has one. */
  readonly status: (district: string, list: number) => StatusList | undefined
  readonly clock: ClockReading
  readonly cardProof: CardProof
  readonly verify: SignatureVerifier
  readonly minimumAssurance?: number
}

/** The verdict and what it rests on. */
export type Verification = {
  readonly outcome: Outcome
  readonly reason: Reason
  /** 1 this kiosk … 5 nation; 0 where no signed statement could be read. */
  readonly assurance: number
  readonly proof: Proof | undefined
  readonly staleness: Staleness
  /** The station that signed, where its signature is good. */
  readonly issuer?: string
  readonly stage?: Stage
}

/** Verifies a credential offline. Bytes of any kind give a verdict, never an exception. */
export function verifyCredential(input: VerificationInput): Verification {
  const parsed = parse(input.bytes)
  // A tag that holds anything else may be a card half read: reading once more costs the holder little.
  if (parsed === undefined) return verdict('again', 'not-a-credential')
  const { credential, message } = parsed
  const use = credential.stage === 'final' ? 'final' : 'provisional'
  if (findKeys(input.trust, message.kid, use).length === 0) {
    return verdict('stop', 'unknown-issuer')
  }
  const signers = findSigners(input.trust, message, use, 'credential', input.verify)
  // A renewed delegation names the same key again: the credential stands on the one that covers it.
  const key = signers.find((signer) => issuerFault(credential, signer) === undefined) ?? signers[0]
  if (key === undefined) return verdict('stop', 'wrong-signature')
  return judge(credential, key, input)
}

function judge(credential: Credential, key: TrustedKey, input: VerificationInput): Verification {
  const list = input.status(districtPart(key.station), credential.status.list)
  const context = {
    assurance: credential.assurance,
    staleness: stalenessOf(list, input),
    issuer: key.station,
    stage: credential.stage,
  }
  const fault =
    issuerFault(credential, key) ??
    timeFault(credential, input.clock) ??
    statusFault(credential, list) ??
    cardFault(credential, input.cardProof) ??
    (credential.assurance < (input.minimumAssurance ?? 1) ? STOP_ASSURANCE : undefined)
  const proof: Proof = input.cardProof.kind === 'authenticated' ? 'card' : 'signature'
  if (fault !== undefined) return { ...verdict(fault.outcome, fault.reason), ...context }
  return { ...verdict('go', 'ok'), ...context, proof }
}

type Fault = { readonly outcome: 'stop' | 'again'; readonly reason: Reason }
const STOP_ASSURANCE: Fault = { outcome: 'stop', reason: 'assurance-too-low' }

/** What the key's own delegation forbids. */
function issuerFault(credential: Credential, key: TrustedKey): Fault | undefined {
  if (key.revokedAfterLogIndex !== undefined) {
    // Without the log a verifier cannot tell earlier from later, and the holder of an
    // honest card is owed another try at a connected kiosk, never a stop.
    return { outcome: credential.stage === 'final' ? 'stop' : 'again', reason: 'issuer-withdrawn' }
  }
  const isTooHigh =
    credential.assurance > key.maxAssurance ||
    (credential.stage === 'provisional' && credential.assurance !== 1)
  const isOutside =
    credential.issued < key.notBefore - MAX_CLOCK_SKEW_S || credential.issued >= key.expires
  const isTooLong =
    credential.stage === 'provisional' && credential.expires - credential.issued > MAX_PROVISIONAL_S
  const isBeyond = isTooHigh || isOutside || isTooLong
  return isBeyond ? { outcome: 'stop', reason: 'issuer-withdrawn' } : undefined
}

/** Expiry is judged with the clock's uncertainty in the resident's favour. */
function timeFault(credential: Credential, clock: ClockReading): Fault | undefined {
  if (credential.expires <= clock.unix - clock.uncertaintyS)
    return { outcome: 'stop', reason: 'expired' }
  // A clock behind is the kiosk's fault, not the holder's.
  const isAhead = credential.issued > clock.unix + clock.uncertaintyS + MAX_CLOCK_SKEW_S
  return isAhead ? { outcome: 'again', reason: 'not-yet-valid' } : undefined
}

function statusFault(credential: Credential, list: StatusList | undefined): Fault | undefined {
  if (list === undefined) return undefined
  const status = readStatus(list.bits, credential.status.index)
  if (status === 'invalid') return { outcome: 'stop', reason: 'revoked' }
  if (status === 'suspended') return { outcome: 'stop', reason: 'suspended' }
  return undefined
}

function cardFault(credential: Credential, proof: CardProof): Fault | undefined {
  if (proof.kind === 'none') return undefined
  const isBound = equalBytes(cardBindingOf(proof.uid, proof.r), credential.cardBinding)
  return isBound ? undefined : { outcome: 'stop', reason: 'another-card' }
}

/** Revocation comes by status list and by trust list: one out of date makes the whole stale. */
function stalenessOf(list: StatusList | undefined, { clock, trust }: VerificationInput): Staleness {
  if (list === undefined) return 'unknown'
  const freshUntil = Math.min(list.issued + list.ttlS, trust.expires)
  return clock.unix > freshUntil + clock.uncertaintyS ? 'stale' : 'fresh'
}

function districtPart(station: string): string {
  return station.split('/', 1)[0] ?? station
}

function verdict(outcome: Outcome, reason: Reason): Verification {
  return { outcome, reason, assurance: 0, proof: undefined, staleness: 'unknown' }
}

function parse(bytes: Uint8Array): ReturnType<typeof parseCredential> | undefined {
  try {
    return parseCredential(bytes)
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}
