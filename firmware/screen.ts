import type { FinalRow } from '../protocol/messages/final.ts'
import { secondLookOf } from './card/card-file.ts'
import { CONSENT } from './enrolment/consent.ts'
import { TICKET_DEADLINE_S } from './enrolment/draft.ts'
import type { EnrolmentService } from './enrolment/service.ts'
import type { Issue } from './enrolment/states.ts'
import type { Screen, SecondLook, TapScreen } from './kiosk-state.ts'

/** What a screen is made of. */
export type ScreenParts = {
  readonly enrolment: Pick<EnrolmentService, 'state' | 'shown' | 'hasFlash'>
  readonly tap: TapScreen | undefined
  readonly people: number
  readonly isConnected: boolean
  /** The record with this identifier has no receipt yet. */
  readonly isQueued: (record: Uint8Array) => boolean
  readonly findFinal: (credentialId: Uint8Array) => FinalRow | undefined
}

/** The one screen that the kiosk shows: an enrolment, or the last tap, or idle. */
export function screenOf(parts: ScreenParts): Screen {
  const { state } = parts.enrolment
  switch (state.name) {
    case 'idle':
      return parts.tap ?? { name: 'idle' }
    case 'consent':
    case 'drafting':
      return { name: 'consent', sentences: CONSENT.sentences, language: CONSENT.language }
    case 'capturing': {
      const { eye, attempt, hint, isFlashless, looks } = state
      const isFlashing = parts.enrolment.hasFlash && !isFlashless
      const isAgain = looks > 0
      const frame = frameOf(parts.enrolment, hint)
      return { name: 'capture', eye, attempt, isFlashing, isAgain, ...frame }
    }
    case 'attending': {
      const { eye, outcome, checks } = state.capture.presentation
      const why = outcome === 'suspect' ? 'look' : 'exception'
      return {
        name: 'attend',
        eye,
        why,
        checks: checks.map((check) => ({ method: check.method, outcome: check.outcome })),
      }
    }
    case 'committing':
    case 'searching':
      return { name: 'checking', people: parts.people }
    case 'placing':
      return { name: 'card', step: state.step }
    case 'issuing':
      return { name: 'card', step: 'writing' }
    case 'carding':
      return { name: 'card', step: state.step }
    case 'done':
      return doneScreen(state.issue, parts)
    case 'stopped':
      return { name: 'stopped', reason: state.reason }
  }
}

function frameOf(
  { shown }: Pick<EnrolmentService, 'shown'>,
  hint: Extract<Screen, { name: 'capture' }>['instruction'],
) {
  if (shown === undefined) return { instruction: hint, quality: 0, frame: 0 }
  const { instruction, quality, overlay } = shown.frame.reading
  return { instruction, quality, frame: shown.number, overlay }
}

function doneScreen({ draft, localSearch }: Issue, parts: ScreenParts): Screen {
  const row = parts.findFinal(draft.credentialId)
  const isPending = row === undefined ? localSearch === 'candidate' : row.state === 'second-look'
  const deadline = row?.deadline ?? draft.issued + TICKET_DEADLINE_S
  const secondLook: SecondLook | undefined = isPending
    ? secondLookOf(draft.ticket, deadline)
    : undefined
  return {
    name: 'done',
    isOffline: !parts.isConnected,
    isOnItsWay: parts.isQueued(draft.record),
    isFinalWaiting: row?.state !== 'ready',
    secondLook,
  }
}
