import type { EyePosition } from '../image.ts'
import { bool, code, field, type Kind, list, record, type Schema, uint } from '../schema.ts'

/**
 * What a look for presentation attacks said (ISO/IEC 30107-1): `bona-fide` nothing speaks against the
 * eye; `undecided` too little was seen; `exception` there by other signs, without the usual reflex or
 * without flashes; `suspect` something spoke for an attack. None of them is a verdict on a person.
 */
export type PresentationOutcome = 'bona-fide' | 'undecided' | 'exception' | 'suspect'

/** What one method said. Its measures tell of a person's health and are in no message. */
export type PresentationCheck = {
  readonly method: string
  readonly outcome: PresentationOutcome
  readonly reason: string
}

/** The look at one eye whose frames were enrolled. */
export type Presentation = {
  readonly eye: EyePosition
  /** Version of the methods and their limits. */
  readonly version: number
  readonly outcome: PresentationOutcome
  /** Stable name of what decided. */
  readonly reason: string
  readonly checks: readonly PresentationCheck[]
  /** Challenges that this eye answered, this one included, 1..255. */
  readonly looks: number
  /** Somebody at the kiosk looked and said that it is the resident's own eye. */
  readonly isConfirmed: boolean
}

/** Looks in one enrolment: one for each eye. */
export const MAX_PRESENTATIONS = 2
/** Methods of one look. */
const MAX_CHECKS = 8

const outcome: Kind<PresentationOutcome> = code<PresentationOutcome>({
  'bona-fide': 0,
  undecided: 1,
  exception: 2,
  suspect: 3,
})

/** A name of small letters, digits and dashes: a newer kiosk may use ones that we do not know. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/
const name: Kind<string> = {
  cddl: 'tstr .regexp "[a-z][a-z0-9-]{0,39}"',
  encode: (value) => value,
  parse(value, path, problems) {
    if (typeof value === 'string' && NAME.test(value)) return value
    problems.push(`${path} is not a name of small letters, digits and dashes`)
    return undefined
  },
}

const checkSchema: Schema<PresentationCheck> = record<PresentationCheck>('presentation-check', {
  method: field(1, name),
  outcome: field(2, outcome),
  reason: field(3, name),
})

/** The table of a look's fields. */
export const presentationSchema: Schema<Presentation> = record<Presentation>('presentation', {
  // ISO/IEC 19794-6: 1 is the subject's right eye.
  eye: field(1, code<EyePosition>({ right: 1, left: 2 })),
  version: field(2, uint(0xff_ff, 1)),
  outcome: field(3, outcome),
  reason: field(4, name),
  checks: field(5, list(checkSchema, MAX_CHECKS)),
  looks: field(6, uint(255, 1)),
  isConfirmed: field(7, bool()),
})
