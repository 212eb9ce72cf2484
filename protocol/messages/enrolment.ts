import type { BiometricReference } from '../biometric-reference.ts'
import { MAX_CREDENTIAL_BYTES } from '../credential.ts'
import { bytes, code, field, list, optional, record, type Schema, uint } from '../schema.ts'
import type { UnixSeconds } from '../time.ts'
import { MAX_PRESENTATIONS, type Presentation, presentationSchema } from './presentation.ts'
import { biometricReference, MAX_REFERENCES } from './references.ts'

/** Message type of an enrolment: kiosk to gateway, sealed, through the outbox. */
export const ENROLMENT = 'enrolment'

/** What the kiosk's own search said before it issued the provisional credential. */
export type LocalSearch = 'none' | 'candidate' | 'undecided'

/** The card that was written: its UID, and the random `r` of its binding. */
export type EnrolledCard = { readonly uid: Uint8Array; readonly r: Uint8Array }

/** One enrolment as the kiosk reports it. Its record identifier is the envelope's correlation. */
export type Enrolment = {
  readonly captured: UnixSeconds
  /** SHA-256 of the exact consent text, its language and version. */
  readonly consentHash: Uint8Array
  readonly references: readonly BiometricReference[]
  /** Kiosk-signed; peers refuse to search without it. */
  readonly commitment: Uint8Array
  /** The provisional credential, as written to the card. */
  readonly credential: Uint8Array
  readonly card: EnrolledCard
  /** Number of the ticket that every provisional card carries. */
  readonly ticket: Uint8Array
  readonly localSearch: LocalSearch
  /** Absent from kiosks that did not look. */
  readonly presentation?: readonly Presentation[] | undefined
}

const cardSchema: Schema<EnrolledCard> = record<EnrolledCard>('enrolled-card', {
  uid: field(1, bytes(4, 10)),
  r: field(2, bytes(16)),
})

/** The table of an enrolment's fields. */
export const enrolmentSchema: Schema<Enrolment> = record<Enrolment>('enrolment', {
  captured: field(1, uint(0xff_ff_ff_ff)),
  consentHash: field(2, bytes(32)),
  references: field(3, list(biometricReference, MAX_REFERENCES)),
  commitment: field(4, bytes(1, 512)),
  credential: field(5, bytes(1, MAX_CREDENTIAL_BYTES)),
  card: field(6, cardSchema),
  ticket: field(7, bytes(8)),
  localSearch: field(8, code<LocalSearch>({ none: 0, candidate: 1, undecided: 2 })),
  presentation: optional(9, list(presentationSchema, MAX_PRESENTATIONS)),
})
