import type { Step } from '../../runtime/machine.ts'
import type { EnrolmentEffect, EnrolmentState } from './states.ts'

/** What the machine answers: a step, or nothing where the event does not fit. */
export type Next = Step<EnrolmentState, EnrolmentEffect> | undefined
/** An enrolment in one of these states. */
export type At<Name extends EnrolmentState['name']> = Extract<EnrolmentState, { name: Name }>

/** Calls off whatever runs. */
export const HALT: EnrolmentEffect = { name: 'halt' }

/**
 * Before the issue an enrolment that is left is discarded. After it the credential counts already,
 * so the card is finished whenever it lies on the reader next.
 */
export function leave(state: EnrolmentState, how: 'cancel' | 'left'): Next {
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

/** That state, and these effects in their order. */
export function to(
  state: EnrolmentState,
  ...effects: readonly EnrolmentEffect[]
): Step<EnrolmentState, EnrolmentEffect> {
  return { state, effects }
}
