import type { LocalSearch } from '../../protocol/messages/enrolment.ts'
import type { Step } from '../../runtime/machine.ts'
import { captureFirst, onAttending, onCapturing } from './capturing.ts'
import type { Draft } from './draft.ts'
import type {
  Capture,
  CardPhase,
  EnrolmentEffect,
  EnrolmentEvent,
  EnrolmentState,
  Issue,
  RefusalReason,
} from './states.ts'
import { type At, HALT, leave, type Next, to } from './steps.ts'

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
    case 'attending':
      return onAttending(state, event)
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
    return event.name === 'drafted' ? captureFirst(event.draft, state.isFlashless) : undefined
  }
  const isFlashless = event.name === 'no-flashes'
  if (isFlashless || (event.name === 'consent' && event.isGiven)) {
    return to({ name: 'drafting', isFlashless }, { name: 'draft' })
  }
  return event.name === 'consent' ? to({ name: 'stopped', reason: 'no-consent' }) : undefined
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

function refuse(state: EnrolmentState, reason: RefusalReason): Next {
  const isOver = state.name === 'idle' || state.name === 'done' || state.name === 'stopped'
  return isOver ? undefined : to({ name: 'stopped', reason }, HALT)
}
