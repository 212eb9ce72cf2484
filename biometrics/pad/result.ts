/** Version of the checks in this folder, kept with each result: other limits are another version. */
export const PAD_VERSION = 1

/**
 * What a check for presentation attacks says (ISO/IEC 30107-1 vocabulary, no error rate claimed):
 * `bona-fide` nothing speaks against it; `suspect` somebody must look; `undecided` too little was
 * seen, capture again; `exception` alive by other signs but without the usual reflex, so the
 * exception route, never a refusal.
 */
export type PadOutcome = 'bona-fide' | 'suspect' | 'undecided' | 'exception'

/** Result of one check, or of all together, for the record and for the operator. */
export type PadResult = {
  readonly method: PadMethod
  readonly version: number
  readonly outcome: PadOutcome
  /** What was measured; the unit is in each name. */
  readonly measures: Readonly<Record<string, number>>
  /** Stable name of what decided, for logs and texts. */
  readonly reason: string
}

/** The checks by name. */
export type PadMethod =
  | 'challenge-response'
  | 'pupil-light-reflex'
  | 'corneal-glints'
  | 'print-half-tone'
  | 'static-or-replayed'

/** A result of this version. */
export function padResult(
  method: PadMethod,
  outcome: PadOutcome,
  reason: string,
  measures: PadResult['measures'],
): PadResult {
  return { method, version: PAD_VERSION, outcome, measures, reason }
}
