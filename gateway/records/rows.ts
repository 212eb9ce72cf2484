import { MAX_CREDENTIAL_BYTES } from '../../protocol/credential.ts'
import { type StationPath, stationPath } from '../../protocol/district.ts'
import type { EyeScore, ProbeView } from '../../protocol/duplicate-rule.ts'
import { LEAF_SALT_BYTES, LEAF_TYPES, type LeafType } from '../../protocol/leaf.ts'
import { type Chunk, chunkSchema } from '../../protocol/messages/chunk.ts'
import { type Coverage, probeViewCode } from '../../protocol/messages/duplicate.ts'
import type { EnrolledCard, LocalSearch } from '../../protocol/messages/enrolment.ts'
import { type Lease, leaseSchema } from '../../protocol/messages/lease.ts'
import {
  MAX_PRESENTATIONS,
  type Presentation,
  presentationSchema,
} from '../../protocol/messages/presentation.ts'
import {
  bool,
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

/** Tables of the gateway's store, beside `messenger`, `trust` and `gallery`. */
export const TABLES = {
  /** Record identifier in hex: `InboxRow`. */
  inbox: 'inbox',
  /** Record identifier in hex: `RegistryRow`. */
  registry: 'registry',
  /** Identifier of a provisional credential in hex: record identifier. */
  credentials: 'credentials',
  /** `statusKey`: record identifier of the enrolment that uses it. */
  statusUses: 'status-uses',
  /** `statusKey`: one byte, the index of a status in `STATUSES`; absent = check pending. */
  statuses: 'statuses',
  /** `leaseKey`: `LeaseRow`. */
  leases: 'leases',
  /** `kiosk/…` or `query/…`: `QuotaRow`. */
  quotas: 'quotas',
  /** Index of twelve digits: `LeafRow`. */
  leaves: 'leaves',
  /** `CounterName`: how many there are, as decimal text. */
  counters: 'counters',
  /** Number of fifteen digits: which rows a change has touched, while other processes may ask. */
  changes: 'changes',
  /** Record identifier in hex: `WorkRow`, while the enrolment is not final. */
  work: 'work',
  /** `askKey`: `AskRow`, while the enrolment is not final. */
  asks: 'asks',
  /** `askKey` of the asking district and its correlation: `AnswerRow`. */
  answers: 'answers',
  /** Case identifier in hex: `CaseRow`. */
  cases: 'cases',
  /** Record identifier in hex: the counts as received. */
  tapCounts: 'tap-counts',
  /** `chunkKey`: `ChunkRow`, until its record is whole. */
  chunks: 'chunks',
} as const

/** Identifies an enrolment: 16 bytes, the correlation of its envelope and of queries about it. */
export const RECORD_BYTES = 16

/** A record that has been committed; it answers the same record when it comes again. */
export type InboxRow = {
  /** SHA-256 of sender, type and opened body. */
  readonly contentHash: Uint8Array
  readonly logIndex: number
}

/** Where an enrolment stands, as `EnrolmentStage` of the page. */
export type RegistryStage = 'waiting' | 'second-look' | 'final'

/** Whom an enrolment was compared with: districts that answered, of those known; and persons. */
export type CheckCoverage = {
  readonly asked: number
  readonly known: number
  readonly searched: number
}

/** One enrolment without its biometric references, which rest in the gallery alone. */
export type RegistryRow = {
  readonly kiosk: StationPath
  readonly captured: UnixSeconds
  readonly received: UnixSeconds
  readonly consentHash: Uint8Array
  readonly provisional: Uint8Array
  readonly card: EnrolledCard
  readonly ticket: Uint8Array
  readonly localSearch: LocalSearch
  /** Index of the enrolment's leaf: enrolments of a district are in its order. */
  readonly logIndex: number
  readonly stage: RegistryStage
  readonly assurance: number
  readonly coverage: CheckCoverage
  /** By when people decide, while the stage is `second-look`. */
  readonly deadline?: UnixSeconds | undefined
  readonly final?: Uint8Array | undefined
  readonly finished?: UnixSeconds | undefined
  readonly finalLogIndex?: number | undefined
  /** The capture commitment that peers ask for. */
  readonly commitment: Uint8Array
  /** What the kiosk's looks at the eyes said; absent where it did not look. */
  readonly presentation?: readonly Presentation[] | undefined
}

/** A block of status indices that a kiosk holds, and when it got it. */
export type LeaseRow = { readonly lease: Lease; readonly granted: UnixSeconds }

/** How often something was done on the newest day on which it was. */
export type QuotaRow = { readonly day: number; readonly count: number }

/** One leaf with what the district needs to open its commitment. */
export type LeafRow = {
  readonly type: LeafType
  readonly commitment: Uint8Array
  readonly salt: Uint8Array
}

/** What the search in the own district said. */
export type OwnSearch = {
  readonly verdict: 'none' | 'candidate' | 'undecided'
  readonly coverage: Coverage
}

/** A check that is under way. */
export type WorkRow = { readonly started: UnixSeconds; readonly own?: OwnSearch | undefined }

/** What a peer has said so far: `open` = nothing that counts. */
export type AskVerdict = 'open' | 'none' | 'candidate' | 'undecided' | 'refused' | 'expired'

/** A question to one peer about one enrolment. */
export type AskRow = { readonly verdict: AskVerdict; readonly coverage: Coverage }

/** An answer given to a peer: the same query gets the same answer. */
export type AnswerRow = { readonly contentHash: Uint8Array; readonly answer: Uint8Array }

/** A candidate pair that people decide. */
export type CaseRow = {
  readonly opened: UnixSeconds
  readonly deadline: UnixSeconds
  readonly isExtended: boolean
  readonly ownRecord: Uint8Array
  readonly otherRecord: Uint8Array
  /** The district of the other record; the own one for a local case. */
  readonly otherDistrict: StationPath
  readonly left?: EyeScore | undefined
  readonly right?: EyeScore | undefined
  /** The peer that asked has not yet confirmed our `dup.case`. */
  readonly isUntold: boolean
  /** Of the own record, as it was when the case opened: reviewers see it beside the scores. */
  readonly ownPresentation?: readonly Presentation[] | undefined
  /** The view of the probe in which the scores are; absent = as it was captured. */
  readonly view?: ProbeView | undefined
  readonly logIndex: number
}

const time = uint(0xff_ff_ff_ff)
const recordId = bytes(RECORD_BYTES)

const coverageSchema: Schema<Coverage> = record<Coverage>('coverage', {
  searched: field(1, uint()),
  known: field(2, uint()),
})

const checkCoverageSchema: Schema<CheckCoverage> = record<CheckCoverage>('check-coverage', {
  asked: field(1, uint()),
  known: field(2, uint()),
  searched: field(3, uint()),
})

const cardSchema: Schema<EnrolledCard> = record<EnrolledCard>('card', {
  uid: field(1, bytes(4, 10)),
  r: field(2, bytes(16)),
})

const scoreSchema: Schema<EyeScore> = record<EyeScore>('score', {
  numeratorBits: field(1, uint(16_384)),
  commonBits: field(2, uint(16_384)),
})

const ownSearchSchema: Schema<OwnSearch> = record<OwnSearch>('own-search', {
  verdict: field(1, code({ none: 0, candidate: 1, undecided: 2 })),
  coverage: field(2, coverageSchema),
})

/** The table of an inbox row's fields. */
export const inboxRow: Schema<InboxRow> = record<InboxRow>('inbox-row', {
  contentHash: field(1, bytes(32)),
  logIndex: field(2, uint()),
})

/** The table of a registry row's fields. */
export const registryRow: Schema<RegistryRow> = record<RegistryRow>('registry-row', {
  kiosk: field(1, stationPath()),
  captured: field(2, time),
  received: field(3, time),
  consentHash: field(4, bytes(32)),
  provisional: field(5, bytes(1, MAX_CREDENTIAL_BYTES)),
  card: field(6, cardSchema),
  ticket: field(7, bytes(8)),
  localSearch: field(8, code<LocalSearch>({ none: 0, candidate: 1, undecided: 2 })),
  logIndex: field(9, uint()),
  stage: field(10, code<RegistryStage>({ waiting: 0, 'second-look': 1, final: 2 })),
  assurance: field(11, uint(5, 1)),
  coverage: field(12, checkCoverageSchema),
  deadline: optional(13, time),
  final: optional(14, bytes(1, MAX_CREDENTIAL_BYTES)),
  finished: optional(15, time),
  finalLogIndex: optional(16, uint()),
  commitment: field(17, bytes(1, 512)),
  presentation: optional(18, list(presentationSchema, MAX_PRESENTATIONS)),
})

/** The identifier that a `credentials` or `status-uses` row points to. */
export const recordIdRow: Schema<{ readonly record: Uint8Array }> = record('record-id', {
  record: field(1, recordId),
})

/** The table of a lease row's fields. */
export const leaseRow: Schema<LeaseRow> = record<LeaseRow>('lease-row', {
  lease: field(1, leaseSchema),
  granted: field(2, time),
})

/** The table of a quota row's fields. */
export const quotaRow: Schema<QuotaRow> = record<QuotaRow>('quota-row', {
  day: field(1, uint()),
  count: field(2, uint()),
})

/** The table of a leaf row's fields. */
export const leafRow: Schema<LeafRow> = record<LeafRow>('leaf-row', {
  type: field(1, code<LeafType>(LEAF_TYPES)),
  commitment: field(2, bytes(32)),
  salt: field(3, bytes(LEAF_SALT_BYTES)),
})

/** The table of a work row's fields. */
export const workRow: Schema<WorkRow> = record<WorkRow>('work-row', {
  started: field(1, time),
  own: optional(2, ownSearchSchema),
})

/** The table of an ask row's fields. */
export const askRow: Schema<AskRow> = record<AskRow>('ask-row', {
  verdict: field(
    1,
    code<AskVerdict>({ open: 0, none: 1, candidate: 2, undecided: 3, refused: 4, expired: 5 }),
  ),
  coverage: field(2, coverageSchema),
})

/** The table of an answer row's fields. */
export const answerRow: Schema<AnswerRow> = record<AnswerRow>('answer-row', {
  contentHash: field(1, bytes(32)),
  answer: field(2, bytes(1, 512)),
})

/** The table of a case row's fields. */
export const caseRow: Schema<CaseRow> = record<CaseRow>('case-row', {
  opened: field(1, time),
  deadline: field(2, time),
  isExtended: field(3, bool()),
  ownRecord: field(4, recordId),
  otherRecord: field(5, recordId),
  otherDistrict: field(6, stationPath()),
  left: optional(7, scoreSchema),
  right: optional(8, scoreSchema),
  isUntold: field(9, bool()),
  logIndex: field(10, uint()),
  ownPresentation: optional(11, list(presentationSchema, MAX_PRESENTATIONS)),
  view: optional(12, probeViewCode),
})

/** What a leaf of this gateway commits to: salted, it is opened only by who has the salt. */
export type LeafContent = {
  readonly record: Uint8Array
  /** The other district of a query, an answer or a case. */
  readonly peer?: StationPath | undefined
  /** SHA-256 of the credential, the answer or the commitment, by the leaf's type. */
  readonly hash: Uint8Array
}

/** The table of a leaf content's fields. */
export const leafContent: Schema<LeafContent> = record<LeafContent>('leaf-content', {
  record: field(1, recordId),
  peer: optional(2, stationPath()),
  hash: field(3, bytes(32)),
})

/** Key of one status entry. */
export function statusKey(listNumber: number, index: number): string {
  return `${digits(listNumber, 10)}/${digits(index, 5)}`
}

/** Key of a kiosk's n-th lease, from 0. */
export function leaseKey(kiosk: StationPath, n: number): string {
  return `${kiosk}/${digits(n, 6)}`
}

/** Key of a question to, or an answer for, a peer about a record. */
export function askKey(recordHex: string, peer: StationPath): string {
  return `${recordHex}/${peer}`
}

/** A part of a record that is not whole yet. */
export type ChunkRow = { readonly received: UnixSeconds; readonly chunk: Chunk }

/** The table of a chunk's row. */
export const chunkRow: Schema<ChunkRow> = record<ChunkRow>('chunk-row', {
  received: field(1, uint(0xff_ff_ff_ff)),
  chunk: field(2, chunkSchema),
})

/** Key of a chunk; with `index` left out what all chunks of the record begin with. */
export function chunkKey(kiosk: StationPath, recordId: string, index?: number): string {
  return `${kiosk}/${recordId}/${index === undefined ? '' : digits(index, 2)}`
}

/** Key of a leaf. */
export function leafKey(index: number): string {
  return digits(index, 12)
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
}
