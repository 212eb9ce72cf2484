import type { Signer } from '../../protocol/cose-sign1.ts'
import { cardBindingOf, issueCredential, type StatusReference } from '../../protocol/credential.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'

/** What is fixed when an enrolment begins, so that finishing it twice gives the same bytes twice. */
export type Draft = {
  /** Record identifier, 16 random bytes: the outbox row, the envelope's correlation, the receipt. */
  readonly record: Uint8Array
  /** Credential identifier, 8 random bytes. */
  readonly credentialId: Uint8Array
  /** Ticket number, 8 random bytes, not all zero: zeros on a card mean that nothing is pending. */
  readonly ticket: Uint8Array
  /** 16 random bytes of the card binding. */
  readonly r: Uint8Array
  readonly status: StatusReference
  /** `iat` of the credential, and what the ticket's deadline counts from. */
  readonly issued: UnixSeconds
  readonly consentHash: Uint8Array
}

/** Seconds after the issue by which people have decided a second look, or extended it. */
export const TICKET_DEADLINE_S: number = 72 * 3600

/** The random parts of a draft; the same parts again where the generator gives the same bytes. */
export function newDraftIds(
  random: (lengthBytes: number) => Uint8Array,
): Pick<Draft, 'record' | 'credentialId' | 'ticket' | 'r'> {
  const ticket = random(8)
  if (ticket.every((byte) => byte === 0)) ticket[7] = 1
  return { record: random(16), credentialId: random(8), ticket, r: random(16) }
}

/**
 * The provisional credential of a draft, bound to one card. ES256K with RFC 6979 is deterministic:
 * the same draft and UID give the same bytes, after any restart.
 */
export function issueProvisional(
  draft: Draft,
  uid: Uint8Array,
  provisionalDays: number,
  signer: Signer,
): Uint8Array {
  const { credentialId, r, status, issued } = draft
  const credential = {
    id: credentialId,
    issued,
    expires: issued + provisionalDays * DAY_S,
    assurance: 1,
    cardBinding: cardBindingOf(uid, r),
    status,
    stage: 'provisional' as const,
  }
  return issueCredential(credential, signer)
}
