import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import type { LocalSearch } from '../../protocol/messages/enrolment.ts'
import type { Presentation } from '../../protocol/messages/presentation.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { CardHindrance, InstructionId, StopReason } from '../kiosk-state.ts'
import type { Draft } from './draft.ts'

/** What one capture of one eye gave: a reference, and what the same frames said of the eye. */
export type EyeCapture = {
  readonly reference: BiometricReference
  readonly presentation: Presentation
}

/** A look before the enrolment has counted it and a person has said a word on it. */
export type Look = Omit<Presentation, 'looks' | 'isConfirmed'>

/** A finished capture: what was made of the eyes, and the kiosk's signature that binds it. */
export type Capture = {
  readonly captured: UnixSeconds
  /** One for each reference; none in a capture of a firmware that did not look. */
  readonly presentation: readonly Presentation[]
  readonly references: readonly BiometricReference[]
  readonly commitment: Uint8Array
}

/** An issued provisional credential and the one card that it is bound to. */
export type Issue = {
  readonly draft: Draft
  readonly uid: Uint8Array
  readonly credential: Uint8Array
  readonly localSearch: LocalSearch
}

/** How far the card is: nothing written yet, perhaps written in part, written whole. */
export type CardPhase = 'issued' | 'writing' | 'written'

/** Where an enrolment is. */
export type EnrolmentState =
  | { readonly name: 'idle' }
  | { readonly name: 'consent' }
  | { readonly name: 'drafting'; readonly isFlashless: boolean }
  | {
      readonly name: 'capturing'
      readonly draft: Draft
      readonly eye: EyePosition
      readonly attempt: number
      readonly hint: InstructionId
      /** The resident cannot bear flashes. */
      readonly isFlashless: boolean
      /** Challenges that this eye has answered so far. */
      readonly looks: number
      /** The last one of them, where too little was seen. */
      readonly unclear?: EyeCapture | undefined
      /** The eyes before this one. */
      readonly done: readonly EyeCapture[]
    }
  /** Somebody is asked to look at the resident; the machine decides nothing here. */
  | {
      readonly name: 'attending'
      readonly draft: Draft
      readonly eye: EyePosition
      readonly isFlashless: boolean
      readonly capture: EyeCapture
      readonly done: readonly EyeCapture[]
    }
  | {
      readonly name: 'committing'
      readonly draft: Draft
      readonly done: readonly EyeCapture[]
    }
  | { readonly name: 'searching'; readonly draft: Draft; readonly capture: Capture }
  | {
      readonly name: 'placing' | 'issuing'
      readonly draft: Draft
      readonly capture: Capture
      readonly localSearch: LocalSearch
      readonly step: 'place' | CardHindrance
    }
  | {
      readonly name: 'carding'
      readonly issue: Issue
      /** There on the way from `issuing` only: what the one commit of the issue needs. */
      readonly capture?: Capture | undefined
      readonly phase: CardPhase
      readonly step: 'writing' | 'reading-back' | 'moved' | CardHindrance
    }
  | { readonly name: 'done'; readonly issue: Issue }
  | { readonly name: 'stopped'; readonly reason: StopReason }

/**
 * The device that each state of an enrolment works with: while that one is away the state pauses, and
 * goes on where it was. Of `idle` it is what a tap needs.
 */
export const STEP_DEVICE: Readonly<Record<EnrolmentState['name'], 'orb' | 'reader' | undefined>> = {
  idle: 'reader',
  consent: undefined,
  drafting: undefined,
  capturing: 'orb',
  attending: undefined,
  committing: undefined,
  searching: undefined,
  placing: 'reader',
  issuing: undefined,
  carding: 'reader',
  done: undefined,
  stopped: undefined,
}

/** Why a kiosk cannot enrol now, whoever comes. */
export type RefusalReason = Extract<
  StopReason,
  'no-index' | 'clock' | 'certificate' | 'storage' | 'device'
>

/** What happens to an enrolment. */
export type EnrolmentEvent =
  | { readonly name: 'begin' }
  | { readonly name: 'consent'; readonly isGiven: boolean }
  | { readonly name: 'drafted'; readonly draft: Draft }
  /** The kiosk cannot enrol now. */
  | { readonly name: 'refuse'; readonly reason: RefusalReason }
  | {
      readonly name: 'eye-captured'
      readonly eye: EyePosition
      readonly attempt: number
      readonly reference: BiometricReference
      readonly look: Look
    }
  | {
      readonly name: 'eye-refused'
      readonly eye: EyePosition
      readonly attempt: number
      readonly instruction: InstructionId
    }
  | { readonly name: 'cannot-use-this-eye' }
  | { readonly name: 'no-flashes' }
  /** Somebody looked and says that it is the resident's own eye. */
  | { readonly name: 'confirm-own-eye' }
  | { readonly name: 'look-again' }
  | { readonly name: 'committed'; readonly capture: Capture }
  | { readonly name: 'searched'; readonly localSearch: LocalSearch }
  | { readonly name: 'card'; readonly card: 'none' | CardHindrance }
  | { readonly name: 'card-usable'; readonly uid: Uint8Array }
  | { readonly name: 'issued'; readonly issue: Issue }
  /** The card of this enrolment lies on the reader. */
  | { readonly name: 'card-here' }
  | { readonly name: 'card-moved' }
  | { readonly name: 'card-written' }
  | { readonly name: 'card-read-back' }
  | { readonly name: 'cancel' }
  | { readonly name: 'left' }
  | { readonly name: 'acknowledge' }

/** What must be done about it; each outcome comes back as an event. */
export type EnrolmentEffect =
  /** Calls off whatever runs. */
  | { readonly name: 'halt' }
  | { readonly name: 'draft' }
  | {
      readonly name: 'capture'
      readonly eye: EyePosition
      readonly attempt: number
      readonly isFlashless: boolean
    }
  | { readonly name: 'commit-capture'; readonly done: readonly EyeCapture[] }
  | { readonly name: 'search'; readonly references: readonly BiometricReference[] }
  | { readonly name: 'watch-card' }
  | {
      readonly name: 'issue'
      readonly draft: Draft
      readonly uid: Uint8Array
      readonly localSearch: LocalSearch
    }
  | { readonly name: 'find-card'; readonly issue: Issue }
  | { readonly name: 'write-card'; readonly issue: Issue }
  | { readonly name: 'read-card'; readonly issue: Issue }
