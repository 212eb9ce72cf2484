import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import type { Step } from '../../runtime/machine.ts'
import type { InstructionId } from '../kiosk-state.ts'
import type { Draft } from './draft.ts'
import type { EnrolmentEffect, EnrolmentEvent, EnrolmentState } from './states.ts'
import { type At, HALT, leave, type Next, to } from './steps.ts'

/** Captures of one eye before the other eye is tried alone. */
export const MAX_ATTEMPTS = 3

/** The eyes one after the other: each is captured, skipped, or given up after its last try. */
export function onCapturing(state: At<'capturing'>, event: EnrolmentEvent): Next {
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

/** A try at one eye. */
export function captureEye(
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
