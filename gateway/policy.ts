/** What a district decides for itself: times, and how much it does for others. */
export type Policy = {
  /** A peer that has not answered after this long is left out, and the coverage says so (docs/protocol.md §8). */
  readonly answerDays: number
  /** Reviewers have this long; then the deadline moves on by as much. */
  readonly caseHours: number
  /** The longest that a kiosk's provisional credential may be valid. */
  readonly provisionalDays: number
  /** How long a final credential is valid. */
  readonly finalDays: number
  /** How long a verifier may use a status list without asking again. */
  readonly statusTtlHours: number
  /** Searches a day for peers, for each of their kiosks. */
  readonly queriesPerKioskDay: number
  /** A search in the own gallery answers with what it has after this long. */
  readonly searchSeconds: number
  /** A question that nobody answers is sent again after this long. */
  readonly resendSeconds: number
}

/** What holds where the configuration says nothing. */
export const DEFAULT_POLICY: Policy = {
  answerDays: 7,
  caseHours: 72,
  provisionalDays: 30,
  finalDays: 730,
  statusTtlHours: 24,
  queriesPerKioskDay: 1000,
  searchSeconds: 30,
  resendSeconds: 30,
}
