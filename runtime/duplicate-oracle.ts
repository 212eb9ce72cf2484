import type { BiometricReference } from '../protocol/biometric-reference.ts'
import type { PersonScores, ProbeView } from '../protocol/duplicate-rule.ts'
import type { Coverage, SearchMode } from '../protocol/messages/duplicate.ts'

/** A person of the gallery whom the duplicate rule calls a candidate. A case for people, never a verdict. */
export type OracleCandidate = {
  /** Record identifier of the enrolment, in hex. */
  readonly handle: string
  readonly scores: PersonScores
  /** The view of the probe in which the scores are: the best of those asked for. */
  readonly view: ProbeView
}

/** Candidates by (score, handle), how much of the gallery was searched, and whom it could not compare. */
export type OracleAnswer = {
  readonly candidates: readonly OracleCandidate[]
  readonly coverage: Coverage
  readonly undecided: readonly string[]
}

/** How a search is to be done. At the deadline it answers with the coverage it has. */
export type OracleOptions = {
  readonly mode: SearchMode
  /** Milliseconds from now. */
  readonly deadlineMs: number
  readonly signal?: AbortSignal
  /**
   * Views of the probe that are searched one after another, `as-is` alone unless told. Each is a
   * search more, for time and for false candidates. Whom the first cannot compare is undecided.
   */
  readonly views?: readonly ProbeView[]
  /** Where this is a part of a larger gallery: the persons of the whole, whose thresholds count. */
  readonly gallerySize?: number
}

/** Whoever can say whether a person is known: a gallery here, shards elsewhere, shares later. */
export type DuplicateOracle = {
  query(probe: readonly BiometricReference[], options: OracleOptions): Promise<OracleAnswer>
}
