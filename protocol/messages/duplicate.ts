import type { BiometricReference } from '../biometric-reference.ts'
import type { EyeScore, ProbeView } from '../duplicate-rule.ts'
import {
  bytes,
  checked,
  code,
  field,
  type Kind,
  list,
  optional,
  record,
  type Schema,
  uint,
} from '../schema.ts'
import type { UnixSeconds } from '../time.ts'
import { biometricReference, MAX_REFERENCES } from './references.ts'

/** Message type: one district asks another whether it knows this person; sealed. */
export const DUP_QUERY = 'dup.query'

/** Message type: the answer, without scores. */
export const DUP_ANSWER = 'dup.answer'

/** Message type: what both districts know of a candidate pair, with scores; sealed. */
export const DUP_CASE = 'dup.case'

/** How a query is served: `fast` with a stated miss bound, `exact` for appeals and audits. */
export type SearchMode = 'fast' | 'exact'

/** A query. Its identifier is the envelope's correlation; probes are erased after answering. */
export type DupQuery = {
  readonly references: readonly BiometricReference[]
  readonly commitment: Uint8Array
  readonly deadline: UnixSeconds
  /** 0 first … 9 last. */
  readonly priority: number
  readonly mode: SearchMode
}

/** `later` at most once for each query, with a deadline; the others are terminal. */
export type DupVerdict = 'none' | 'candidate' | 'refused' | 'undecided' | 'expired' | 'later'

/** How much of its gallery a district searched. Less than all is *undecided*, never *unique*. */
export type Coverage = { readonly searched: number; readonly known: number }

/** An answer to a query. */
export type DupAnswer = {
  readonly verdict: DupVerdict
  readonly coverage: Coverage
  readonly deadline?: UnixSeconds | undefined
}

/** A candidate pair: the query's person and a person of the answering district. */
export type DupCase = {
  /** The answering district's own enrolment, by its record identifier. */
  readonly record: Uint8Array
  readonly left?: EyeScore | undefined
  readonly right?: EyeScore | undefined
  /** By when two reviewers of two districts are to decide. */
  readonly deadline: UnixSeconds
  /** The view of the query's probe in which the scores are; absent = as it was captured. */
  readonly view?: ProbeView | undefined
}

/** Of all districts of a trust list the sum is a number still: a peer may claim what it likes. */
const MAX_PERSONS = 0xff_ff_ff_ff

const coverageSchema: Schema<Coverage> = checked(
  record<Coverage>('coverage', {
    searched: field(1, uint(MAX_PERSONS)),
    known: field(2, uint(MAX_PERSONS)),
  }),
  ({ searched, known }) => (searched <= known ? undefined : 'more searched than known'),
)

const scoreSchema: Schema<EyeScore> = checked(
  record<EyeScore>('eye-score', {
    numeratorBits: field(1, uint(16_384)),
    commonBits: field(2, uint(16_384)),
  }),
  ({ numeratorBits, commonBits }) =>
    numeratorBits <= commonBits ? undefined : 'more bits that differ than bits in common',
)

/** A view of a probe, by its number. */
export const probeViewCode: Kind<ProbeView> = code<ProbeView>({
  'as-is': 0,
  crossed: 1,
  flipped: 2,
  mirrored: 3,
})

/** The table of a query's fields. */
export const dupQuerySchema: Schema<DupQuery> = record<DupQuery>('dup-query', {
  references: field(1, list(biometricReference, MAX_REFERENCES)),
  commitment: field(2, bytes(1, 512)),
  deadline: field(3, uint(0xff_ff_ff_ff)),
  priority: field(4, uint(9)),
  mode: field(5, code<SearchMode>({ fast: 0, exact: 1 })),
})

/** The table of an answer's fields. */
export const dupAnswerSchema: Schema<DupAnswer> = checked(
  record<DupAnswer>('dup-answer', {
    verdict: field(
      1,
      code<DupVerdict>({ none: 0, candidate: 1, refused: 2, undecided: 3, expired: 4, later: 5 }),
    ),
    coverage: field(2, coverageSchema),
    deadline: optional(3, uint(0xff_ff_ff_ff)),
  }),
  ({ verdict, deadline }) =>
    verdict === 'later' && deadline === undefined ? 'later without a deadline' : undefined,
)

/** The table of a case's fields. */
export const dupCaseSchema: Schema<DupCase> = record<DupCase>('dup-case', {
  record: field(1, bytes(16)),
  left: optional(2, scoreSchema),
  right: optional(3, scoreSchema),
  deadline: field(4, uint(0xff_ff_ff_ff)),
  view: optional(5, probeViewCode),
})
