import type { KioskState, Screen } from '../../firmware/kiosk-state.ts'
import {
  GUIDE_STEPS,
  type Guide,
  type GuideHint,
  type GuideStepId,
  NEW_CARD,
  type RoomCommand,
  type RoomKiosk,
  type RoomState,
} from './room-state.ts'

/** The room without its guide: what the guide is worked out from. */
export type Room = Omit<RoomState, 'guide'>

/** What the tour remembers: the resident it follows, and the card of her first enrolment. */
export type GuideProgress = {
  readonly resident: string
  /** Names of the first and of the other district's kiosk. */
  readonly first: string
  readonly second: string
  readonly done: readonly GuideStepId[]
  readonly card?: string
  /** The second enrolment is through: the districts compare. */
  readonly isSecondThrough?: boolean
}

/** A tour of `resident` from the first kiosk to the first one of another district. */
export function startGuide(room: Room, resident: string): GuideProgress | undefined {
  const [first] = room.kiosks
  const second = room.kiosks.find(({ district }) => district !== first?.district)
  if (first === undefined || second === undefined) return undefined
  return { resident, first: first.name, second: second.name, done: [] }
}

/** The tour after `kiosk` showed `state` and its district had `openCases` open cases. */
export function advanceGuide(
  progress: GuideProgress,
  room: Room,
  kiosk: string,
  state: Pick<KioskState, 'screen'>,
  openCases: number,
): GuideProgress {
  const place = room.kiosks.find(({ name }) => name === kiosk)
  if (place === undefined) return progress
  const { screen } = state
  const { done } = progress
  if (!done.includes('enrol')) return afterEnrolment(progress, place, screen)
  if (!done.includes('tap')) {
    const isHers = place.card !== undefined && place.card === progress.card
    const isGo = screen.name === 'tap' && screen.outcome === 'go'
    return isHers && isGo ? withStep(progress, 'tap') : progress
  }
  if (done.includes('caught') || kiosk !== progress.second) return progress
  if (hasSecondLook(screen) || openCases > 0) return withStep(progress, 'caught')
  const isThrough = screen.name === 'done' && place.standing === progress.resident
  return isThrough ? { ...progress, isSecondThrough: true } : progress
}

function afterEnrolment(progress: GuideProgress, place: RoomKiosk, screen: Screen): GuideProgress {
  const isHers = place.name === progress.first && place.standing === progress.resident
  if (!isHers || screen.name !== 'done' || place.card === undefined) return progress
  return { ...withStep(progress, 'enrol'), card: place.card }
}

function hasSecondLook(screen: Screen): boolean {
  return screen.name === 'done' && screen.secondLook !== undefined
}

function withStep(progress: GuideProgress, step: GuideStepId): GuideProgress {
  return { ...progress, done: [...progress.done, step] }
}

/** What to do next, from where the tour is and what its kiosk shows now. */
export function guideOf(
  progress: GuideProgress,
  room: Room,
  screenOf: (kiosk: string) => Screen | undefined,
): Guide {
  const { done, resident } = progress
  const step = GUIDE_STEPS.find((id) => !done.includes(id))
  const kiosk = step === 'enrol' || step === 'tap' ? progress.first : progress.second
  const place = room.kiosks.find(({ name }) => name === kiosk)
  const screen = screenOf(kiosk)
  const base = { done, kiosk, resident }
  if (step === undefined || place === undefined) return { ...base, hint: 'see-case' }
  const hint = step === 'tap' ? tapHint(place) : enrolHint(place, progress, screen)
  const action = actionOf(hint, kiosk, progress)
  return action === undefined ? { ...base, hint } : { ...base, hint, action }
}

/** A card that stays on the reader is not tapped again: it has to be lifted and laid down. */
function tapHint(place: RoomKiosk): GuideHint {
  return place.card === undefined ? 'place-card' : 'lift-card'
}

function enrolHint(
  place: RoomKiosk,
  { resident, isSecondThrough }: GuideProgress,
  screen: Screen | undefined,
): GuideHint {
  if (isSecondThrough === true) return 'district-checks'
  if (place.standing !== resident) return 'stand'
  switch (screen?.name) {
    case 'consent':
      return 'agree'
    case 'card':
      return place.card === undefined ? 'new-card' : 'watch'
    case 'capture':
    case 'checking':
      return 'watch'
    case 'done':
      return 'district-checks'
    case 'stopped':
    case 'tap':
      return 'finish'
    case 'idle':
    case undefined:
      return place.card === undefined ? 'begin' : 'lift-card'
  }
}

function actionOf(
  hint: GuideHint,
  kiosk: string,
  { resident, card }: GuideProgress,
): RoomCommand | undefined {
  if (hint === 'stand') return { name: 'stand', kiosk, resident }
  if (hint === 'new-card') return { name: 'place', kiosk, card: NEW_CARD }
  if (hint === 'place-card' && card !== undefined) return { name: 'place', kiosk, card }
  return hint === 'lift-card' ? { name: 'remove', kiosk } : undefined
}
