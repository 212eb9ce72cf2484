import type { EyePosition } from '../../protocol/image.ts'
import type { InstructionId } from '../kiosk-state.ts'
import type { Draft } from './draft.ts'
import type { EnrolmentEffect, EnrolmentEvent, EyeCapture, Look } from './states.ts'
import { type At, HALT, leave, type Next, to } from './steps.ts'

/** Captures of one eye before the other eye is tried alone, or a person is asked. */
export const MAX_ATTEMPTS = 3
/** Looks are counted up to here. */
const MAX_LOOKS = 255

/** What a try at an eye starts from. */
type Try = Pick<At<'capturing'>, 'draft' | 'eye' | 'isFlashless' | 'done'> &
  Partial<Pick<At<'capturing'>, 'attempt' | 'hint' | 'looks' | 'unclear'>>

/** The first eye of an enrolment. */
export function captureFirst(draft: Draft, isFlashless: boolean): Next {
  return captureEye({ draft, eye: FIRST, isFlashless, done: [] })
}

/** The eyes one after the other: each is captured, skipped, or given up after its last try. */
export function onCapturing(state: At<'capturing'>, event: EnrolmentEvent): Next {
  switch (event.name) {
    case 'cannot-use-this-eye':
      return afterEye(state, state.done, [HALT])
    case 'no-flashes':
      return state.isFlashless ? undefined : captureEye({ ...state, isFlashless: true }, [HALT])
    case 'eye-captured':
      if (event.eye !== state.eye || event.attempt !== state.attempt) return undefined
      return afterLook(state, event)
    case 'eye-refused':
      if (event.eye !== state.eye || event.attempt !== state.attempt) return undefined
      return afterRefusal(state, event.instruction)
    default:
      return undefined
  }
}

/** A person was asked to look: only what a person says goes on from here. */
export function onAttending(state: At<'attending'>, event: EnrolmentEvent): Next {
  const { capture, done, draft, eye, isFlashless } = state
  const { looks } = capture.presentation
  switch (event.name) {
    case 'confirm-own-eye': {
      const presentation = { ...capture.presentation, isConfirmed: true }
      return afterEye(state, [...done, { ...capture, presentation }])
    }
    case 'look-again':
      return captureEye({ draft, eye, isFlashless, done, looks, hint: 'look-at-the-ring' })
    case 'cannot-use-this-eye':
      return afterEye(state, done)
    default:
      return undefined
  }
}

/** The machine never decides against a person: whatever is not plainly well is somebody's to see. */
function afterLook(
  state: At<'capturing'>,
  { reference, look }: Extract<EnrolmentEvent, { name: 'eye-captured' }>,
): Next {
  const capture = counted(reference, look, state.looks)
  if (look.outcome === 'bona-fide') return afterEye(state, [...state.done, capture])
  if (look.outcome !== 'undecided' || state.attempt >= MAX_ATTEMPTS) return attend(state, capture)
  return tryAgain(state, 'look-at-the-ring', {
    looks: capture.presentation.looks,
    unclear: capture,
  })
}

function afterRefusal(state: At<'capturing'>, instruction: InstructionId): Next {
  if (state.attempt < MAX_ATTEMPTS) return tryAgain(state, instruction)
  // Still dark at the last try: nobody stands there, and what comes next is not for a stranger.
  if (instruction === 'more-light') return leave(state, 'left')
  return state.unclear === undefined ? afterEye(state, state.done) : attend(state, state.unclear)
}

function tryAgain(
  state: At<'capturing'>,
  hint: InstructionId,
  changes: Partial<Pick<Try, 'looks' | 'unclear'>> = {},
): Next {
  return captureEye({ ...state, ...changes, attempt: state.attempt + 1, hint })
}

function counted(reference: EyeCapture['reference'], look: Look, before: number): EyeCapture {
  const looks = Math.min(MAX_LOOKS, before + 1)
  return { reference, presentation: { ...look, looks, isConfirmed: false } }
}

function attend({ draft, eye, isFlashless, done }: Try, capture: EyeCapture): Next {
  return to({ name: 'attending', draft, eye, isFlashless, capture, done })
}

function captureEye(from: Try, first: readonly EnrolmentEffect[] = []): Next {
  const { draft, eye, isFlashless, done, attempt = 1, looks = 0, unclear } = from
  const hint = from.hint ?? 'look-into-the-camera'
  return to(
    { name: 'capturing', draft, eye, attempt, hint, isFlashless, looks, unclear, done },
    ...first,
    { name: 'capture', eye, attempt, isFlashless },
  )
}

const FIRST: EyePosition = 'left'

function afterEye(
  { draft, eye, isFlashless }: Pick<Try, 'draft' | 'eye' | 'isFlashless'>,
  done: readonly EyeCapture[],
  first: readonly EnrolmentEffect[] = [],
): Next {
  if (eye === FIRST) return captureEye({ draft, eye: 'right', isFlashless, done }, first)
  if (done.length === 0) return to({ name: 'stopped', reason: 'no-eye' }, ...first)
  return to({ name: 'committing', draft, done }, ...first, { name: 'commit-capture', done })
}
