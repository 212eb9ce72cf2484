/** What `personhood demo` tells; names as its JSON has them. */
export type Story = {
  /** First enrolments only. */
  readonly enrolments: readonly StoryEnrolment[]
  readonly taps: readonly StoryTap[]
  /** Second enrolments, each with its case. */
  readonly duplicates: readonly StoryDuplicate[]
  /** Cases that join two different residents. */
  readonly false_cases: number
  /** Enrolments that a kiosk issued and no gateway has. */
  readonly lost: number
  /** Signed receipts that the kiosks hold. */
  readonly receipts: number
}

/** A first enrolment. */
export type StoryEnrolment = {
  readonly district: string
  readonly kiosk: string
  readonly resident: string
  /** From the touch that begins to the card read back. */
  readonly provisional_ms: number
  /** From the same touch until the kiosk holds the final credential. */
  readonly final_ms: number
  readonly credential_bytes: number
  /** TCP payload between this kiosk and its broker from begin to final, both ways. */
  readonly wire_bytes: number
}

/** A tap and its answer; outcome, proof and time are its JSON, the rest is for the summary. */
export type StoryTap = {
  readonly kiosk: string
  readonly what: string
  readonly outcome: string
  readonly reason: string
  readonly proof: string | null
  readonly assurance: number
  readonly upgraded: boolean
  readonly ms: number
}

/** A second enrolment of the same person, and the case that it opened. */
export type StoryDuplicate = {
  readonly resident: string
  readonly first_district: string
  readonly second_district: string
  readonly case_id: string
  /** Fraction of differing bits of each eye; null where it could not be compared. */
  readonly scores: { readonly left: number | null; readonly right: number | null }
}
