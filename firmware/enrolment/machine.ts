import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import type { LocalSearch } from '../../protocol/messages/enrolment.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Step } from '../../runtime/machine.ts'
import type { CardHindrance, InstructionId, StopReason } from '../kiosk-state.ts'
import type { Draft } from './draft.ts'

/** Captures of one eye before the other eye is tried alone. */
export const MAX_ATTEMPTS = 3

/** A finished capture: what was made of the eyes, and the kiosk's signature that binds it. */
export type Capture = {
  readonly captured: UnixSeconds
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
  | { readonly name: 'drafting' }
  | {
      readonly name: 'capturing'
      readonly draft: Draft
      readonly eye: EyePosition
      readonly attempt: number
      readonly hint: InstructionId
      readonly references: readonly BiometricReference[]
    }
  | {
      readonly name: 'committing'
      readonly draft: Draft
      readonly references: readonly BiometricReference[]
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

/** What happens to an enrolment. */
export type EnrolmentEvent =
  | { readonly name: 'begin' }
  | { readonly name: 'consent'; readonly isGiven: boolean }
  | { readonly name: 'drafted'; readonly draft: Draft }
  /** The kiosk cannot enrol now. */
  | { readonly name: 'refuse'; readonly reason: 'no-index' | 'clock' | 'certificate' | 'storage' }
  | {
      readonly name: 'eye-captured'
      readonly eye: EyePosition
      readonly attempt: number
      readonly reference: BiometricReference
    }
  | {
      readonly name: 'eye-refused'
      readonly eye: EyePosition
      readonly attempt: number
      readonly instruction: InstructionId
    }
  | { readonly name: 'cannot-use-this-eye' }
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
  | { readonly name: 'capture'; readonly eye: EyePosition; readonly attempt: number }
  | { readonly name: 'commit-capture'; readonly references: readonly BiometricReference[] }
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

type Next = Step<EnrolmentState, EnrolmentEffect> | undefined
type At<Name extends EnrolmentState['name']> = Extract<EnrolmentState, { name: Name }>

const HALT: EnrolmentEffect = { name: 'halt' }

/** The enrolment of one resident: an event that does not fit gives `undefined`. */
export function enrolmentMachine(state: EnrolmentState, event: EnrolmentEvent): Next {
  if (event.name === 'refuse') return refuse(state, event.reason)
  if (event.name === 'cancel' || event.name === 'left') return leave(state, event.name)
  switch (state.name) {
    case 'idle':
    case 'consent':
    case 'drafting':
      return onBeginning(state, event)
    case 'capturing':
      return onCapturing(state, event)
    case 'committing':
      return event.name === 'committed' ? resumeSearch(state.draft, event.capture) : undefined
    case 'searching':
      if (event.name !== 'searched') return undefined
      return resumePlacing(state.draft, state.capture, event.localSearch)
    case 'placing':
      return onPlacing(state, event)
    case 'issuing':
      return onIssuing(state, event)
    case 'carding':
      return onCarding(state, event)
    case 'done':
    case 'stopped':
      return event.name === 'acknowledge' ? to({ name: 'idle' }) : undefined
  }
}

/** After a restart at `captured`: the search is done again; nobody was told of the first one. */
export function resumeSearch(
  draft: Draft,
  capture: Capture,
): Step<EnrolmentState, EnrolmentEffect> {
  const { references } = capture
  return to({ name: 'searching', draft, capture }, { name: 'search', references })
}

/** After a restart at `searched`: any usable card will do, none is bound yet. */
export function resumePlacing(
  draft: Draft,
  capture: Capture,
  localSearch: LocalSearch,
): Step<EnrolmentState, EnrolmentEffect> {
  return to({ name: 'placing', draft, capture, localSearch, step: 'place' }, { name: 'watch-card' })
}

/** After a restart at or past `issued`: the same card is finished, wherever its write stopped. */
export function resumeCard(issue: Issue, phase: CardPhase): Step<EnrolmentState, EnrolmentEffect> {
  return to({ name: 'carding', issue, phase, step: 'moved' }, { name: 'find-card', issue })
}

function onBeginning(state: At<'idle' | 'consent' | 'drafting'>, event: EnrolmentEvent): Next {
  if (state.name === 'idle') return event.name === 'begin' ? to({ name: 'consent' }) : undefined
  if (state.name === 'drafting') {
    return event.name === 'drafted' ? captureEye(event.draft, 'left', [], 1) : undefined
  }
  if (event.name !== 'consent') return undefined
  return event.isGiven
    ? to({ name: 'drafting' }, { name: 'draft' })
    : to({ name: 'stopped', reason: 'no-consent' })
}

function onCapturing(state: At<'capturing'>, event: EnrolmentEvent): Next {
  const { draft, eye, attempt, references } = state
  switch (event.name) {
    case 'cannot-use-this-eye':
      return afterEye(draft, eye, references, [HALT])
    case 'eye-captured':
      if (event.eye !== eye || event.attempt !== attempt) return undefined
      return afterEye(draft, eye, [...references, event.reference])
    case 'eye-refused':
      if (event.eye !== eye || event.attempt !== attempt) return undefined
      if (attempt === MAX_ATTEMPTS) {
        // Still dark at the last try: nobody stands there, and what comes next is not for a stranger.
        if (event.instruction === 'more-light') return leave(state, 'left')
        return afterEye(draft, eye, references)
      }
      return captureEye(draft, eye, references, attempt + 1, event.instruction)
    default:
      return undefined
  }
}

function captureEye(
  draft: Draft,
  eye: EyePosition,
  references: readonly BiometricReference[],
  attempt: number,
  hint: InstructionId = 'look-into-the-camera',
): Step<EnrolmentState, EnrolmentEffect> {
  return to(
    { name: 'capturing', draft, eye, attempt, hint, references },
    { name: 'capture', eye, attempt },
  )
}

function afterEye(
  draft: Draft,
  eye: EyePosition,
  references: readonly BiometricReference[],
  first: readonly EnrolmentEffect[] = [],
): Step<EnrolmentState, EnrolmentEffect> {
  if (eye === 'left') {
    const next = captureEye(draft, 'right', references, 1)
    return { state: next.state, effects: [...first, ...next.effects] }
  }
  if (references.length === 0) return to({ name: 'stopped', reason: 'no-eye' }, ...first)
  return to({ name: 'committing', draft, references }, ...first, {
    name: 'commit-capture',
    references,
  })
}

function onPlacing(state: At<'placing' | 'issuing'>, event: EnrolmentEvent): Next {
  const { draft, localSearch } = state
  if (event.name === 'card') {
    const step = event.card === 'none' ? 'place' : event.card
    return step === state.step ? undefined : to({ ...state, step })
  }
  if (event.name !== 'card-usable') return undefined
  return to({ ...state, name: 'issuing' }, { name: 'issue', draft, uid: event.uid, localSearch })
}

function onIssuing(state: At<'placing' | 'issuing'>, event: EnrolmentEvent): Next {
  if (event.name !== 'issued') return undefined
  const { issue } = event
  return to(
    { name: 'carding', issue, capture: state.capture, phase: 'issued', step: 'writing' },
    { name: 'find-card', issue },
  )
}

function onCarding(state: At<'carding'>, event: EnrolmentEvent): Next {
  const { issue, phase } = state
  const at = (next: CardPhase, step: At<'carding'>['step']): At<'carding'> => ({
    name: 'carding',
    issue,
    phase: next,
    step,
  })
  switch (event.name) {
    case 'card-here':
      if (phase === 'written')
        return to(at('written', 'reading-back'), { name: 'read-card', issue })
      return to(at('writing', 'writing'), { name: 'write-card', issue })
    case 'card-written':
      if (phase !== 'writing') return undefined
      return to(at('written', 'reading-back'), { name: 'read-card', issue })
    case 'card-read-back':
      return phase === 'written' ? to({ name: 'done', issue }) : undefined
    case 'card-moved':
      // What was written may not be what is there: the write is checked again from its start.
      return to(at(phase === 'issued' ? 'issued' : 'writing', 'moved'), {
        name: 'find-card',
        issue,
      })
    case 'card': {
      const step = event.card === 'none' ? 'moved' : event.card
      return step === state.step ? undefined : to(at(phase, step))
    }
    default:
      return undefined
  }
}

/**
 * Before the issue an enrolment that is left is discarded. After it the credential counts already,
 * so the card is finished whenever it lies on the reader next.
 */
function leave(state: EnrolmentState, how: 'cancel' | 'left'): Next {
  const reason = how === 'cancel' ? 'cancelled' : 'resident-left'
  switch (state.name) {
    case 'idle':
    case 'stopped':
    case 'done':
      return undefined
    case 'carding':
      return to({ name: 'idle' }, HALT)
    default:
      return to({ name: 'stopped', reason }, HALT)
  }
}

function refuse(
  state: EnrolmentState,
  reason: Extract<EnrolmentEvent, { name: 'refuse' }>['reason'],
): Next {
  const isOver = state.name === 'idle' || state.name === 'done' || state.name === 'stopped'
  return isOver ? undefined : to({ name: 'stopped', reason }, HALT)
}

function to(
  state: EnrolmentState,
  ...effects: readonly EnrolmentEffect[]
): Step<EnrolmentState, EnrolmentEffect> {
  return { state, effects }
}
