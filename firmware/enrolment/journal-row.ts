import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import {
  CREDENTIAL_ID_BYTES,
  MAX_CREDENTIAL_BYTES,
  STATUS_LIST_ENTRIES,
} from '../../protocol/credential.ts'
import type { LocalSearch } from '../../protocol/messages/enrolment.ts'
import {
  MAX_PRESENTATIONS,
  type Presentation,
  presentationSchema,
} from '../../protocol/messages/presentation.ts'
import { biometricReference, MAX_REFERENCES } from '../../protocol/messages/references.ts'
import {
  bytes,
  code,
  field,
  list,
  optional,
  record,
  type Schema,
  uint,
} from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Draft } from './draft.ts'
import type { Capture, EnrolmentState, Issue } from './states.ts'

/** Steps of an enrolment that are durable before what follows them is done. */
export type JournalStep =
  | 'begun'
  | 'captured'
  | 'searched'
  | 'issued'
  | 'writing'
  | 'written'
  | 'done'

/** One enrolment in the journal; its key is the record identifier in hex. */
export type JournalRow = {
  readonly step: JournalStep
  readonly credentialId: Uint8Array
  readonly ticket: Uint8Array
  readonly r: Uint8Array
  readonly list: number
  readonly index: number
  readonly issued: UnixSeconds
  readonly consentHash: Uint8Array
  /** From `captured` to `searched`; after the issue the references rest in outbox and gallery. */
  readonly captured?: UnixSeconds | undefined
  readonly references?: readonly BiometricReference[] | undefined
  readonly commitment?: Uint8Array | undefined
  readonly presentation?: readonly Presentation[] | undefined
  /** From `searched` on. */
  readonly localSearch?: LocalSearch | undefined
  /** From `issued` on. */
  readonly credential?: Uint8Array | undefined
  readonly uid?: Uint8Array | undefined
}

/** The journal's table of fields. */
export const journalSchema: Schema<JournalRow> = record<JournalRow>('enrolment-journal', {
  step: field(
    1,
    code<JournalStep>({
      begun: 0,
      captured: 1,
      searched: 2,
      issued: 3,
      writing: 4,
      written: 5,
      done: 6,
    }),
  ),
  credentialId: field(2, bytes(CREDENTIAL_ID_BYTES)),
  ticket: field(3, bytes(8)),
  r: field(4, bytes(16)),
  list: field(5, uint(0xff_ff_ff_ff)),
  index: field(6, uint(STATUS_LIST_ENTRIES - 1)),
  issued: field(7, uint(0xff_ff_ff_ff)),
  consentHash: field(8, bytes(32)),
  captured: optional(9, uint(0xff_ff_ff_ff)),
  references: optional(10, list(biometricReference, MAX_REFERENCES)),
  commitment: optional(11, bytes(1, 512)),
  localSearch: optional(12, code<LocalSearch>({ none: 0, candidate: 1, undecided: 2 })),
  credential: optional(13, bytes(1, MAX_CREDENTIAL_BYTES)),
  uid: optional(14, bytes(4, 10)),
  presentation: optional(15, list(presentationSchema, MAX_PRESENTATIONS)),
})

/** The row that must be durable before the effects of `state` run; `undefined` = nothing to keep. */
export function journalRowOf(state: EnrolmentState): JournalRow | undefined {
  switch (state.name) {
    case 'capturing':
    case 'attending':
    case 'committing':
      return { step: 'begun', ...draftFields(state.draft) }
    case 'searching':
      return { step: 'captured', ...draftFields(state.draft), ...state.capture }
    case 'placing':
    case 'issuing': {
      const { draft, capture, localSearch } = state
      return { step: 'searched', ...draftFields(draft), ...capture, localSearch }
    }
    case 'carding':
      return { step: state.phase, ...issueFields(state.issue) }
    case 'done':
      return { step: 'done', ...issueFields(state.issue) }
    default:
      return undefined
  }
}

/** The draft in a row. */
export function draftOf(recordId: Uint8Array, row: JournalRow): Draft {
  const { credentialId, ticket, r, list: listNumber, index, issued, consentHash } = row
  const status = { list: listNumber, index }
  return { record: recordId, credentialId, ticket, r, status, issued, consentHash }
}

/** The capture in a row from `captured` to `searched`. */
export function captureOf(row: JournalRow): Capture | undefined {
  const { captured, references, commitment, presentation = [] } = row
  if (captured === undefined || references === undefined || commitment === undefined)
    return undefined
  return { captured, references, commitment, presentation }
}

/** The issue in a row from `issued` on. */
export function issueOf(recordId: Uint8Array, row: JournalRow): Issue | undefined {
  const { uid, credential, localSearch } = row
  if (uid === undefined || credential === undefined || localSearch === undefined) return undefined
  return { draft: draftOf(recordId, row), uid, credential, localSearch }
}

/** True once the credential counts, whether or not its card is written. */
export function isIssued({ step }: JournalRow): boolean {
  return step === 'issued' || step === 'writing' || step === 'written' || step === 'done'
}

function draftFields(draft: Draft) {
  const { credentialId, ticket, r, status, issued, consentHash } = draft
  return { credentialId, ticket, r, ...status, issued, consentHash }
}

function issueFields({ draft, uid, credential, localSearch }: Issue) {
  return { ...draftFields(draft), uid, credential, localSearch }
}
