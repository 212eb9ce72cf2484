import { createHash } from 'node:crypto'

/** What a resident says yes to: the exact sentences, shown and spoken in this order. */
export type ConsentText = {
  /** BCP 47. */
  readonly language: string
  /** Grows with each change of a sentence. */
  readonly version: number
  readonly sentences: readonly string[]
}

/** The text of this firmware: what is measured, where it stays, who can see it, how to undo it. */
export const CONSENT: ConsentText = {
  language: 'en',
  version: 2,
  sentences: [
    'A camera looks at your eyes and makes a code from them. The pictures are erased at once.',
    'Its ring flashes softly, twice for each eye, unless you choose no flashes.',
    'The code stays on this kiosk for 90 days, and with your district.',
    'Other districts compare your code with theirs. Their computers see it while they compare.',
    'Your card can be read by a phone held to it. Keep it in a cover where you do not want that.',
    'You can stop now, or ask your district at any time to erase your code.',
  ],
}

/** SHA-256 over language, version and sentences, which goes into the record as what was consented to. */
export function consentHash({ language, version, sentences }: ConsentText): Uint8Array {
  const text = JSON.stringify([language, version, sentences])
  return Uint8Array.from(createHash('sha256').update(text, 'utf8').digest())
}
