import type { CardStep, KioskState, Screen } from '../../firmware/kiosk-state.ts'
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
  /** The card whose writing was last seen under way: where it moved, no other will do. */
  readonly begun?: string
  /** Cases that were open in the second district before she came there. */
  readonly casesBefore?: number
  /** The second enrolment is through: the districts compare. */
  readonly isSecondThrough?: boolean
}

/**
 * A tour from the first kiosk to the first one of another district, of somebody who has no card
 * yet: a world that is opened again has its enrolled residents, and those need a second look.
 */
export function startGuide(room: Room): GuideProgress | undefined {
  const [first] = room.kiosks
  const second = room.kiosks.find(({ district }) => district !== first?.district)
  const somebody = room.residents.find(({ cards }) => cards.length === 0) ?? room.residents[0]
  if (first === undefined || second === undefined || somebody === undefined) return undefined
  return { resident: somebody.id, first: first.name, second: second.name, done: [] }
}

/** The tour after `kiosk` showed `state` and its district had `openCases` open cases. */
export function advanceGuide(
  before: GuideProgress,
  room: Room,
  kiosk: string,
  state: Pick<KioskState, 'screen'>,
  openCases: number,
): GuideProgress {
  const place = room.kiosks.find(({ name }) => name === kiosk)
  if (place === undefined) return before
  const { screen } = state
  const progress = withBegun(before, place, screen)
  const { done } = progress
  if (!done.includes('tap') && kiosk === progress.second) {
    return { ...progress, casesBefore: openCases }
  }
  if (!done.includes('enrol')) return afterEnrolment(progress, place, screen)
  if (!done.includes('tap')) {
    const isHers = place.card !== undefined && place.card === progress.card
    const isGo = screen.name === 'tap' && screen.outcome === 'go'
    return isHers && isGo ? withStep(progress, 'tap') : progress
  }
  return kiosk === progress.second ? atSecond(progress, place, screen, openCases) : progress
}

/** At the second district: she is through, and then the districts find what they find. */
function atSecond(
  progress: GuideProgress,
  place: RoomKiosk,
  screen: Screen,
  openCases: number,
): GuideProgress {
  if (progress.done.includes('caught')) return progress
  const isCaught = hasSecondLook(screen) || openCases > (progress.casesBefore ?? 0)
  if (isCaught) return withStep(progress, 'caught')
  const isThrough = screen.name === 'done' && place.standing === progress.resident
  return isThrough ? { ...progress, isSecondThrough: true } : progress
}

function afterEnrolment(progress: GuideProgress, place: RoomKiosk, screen: Screen): GuideProgress {
  const isHers = place.name === progress.first && place.standing === progress.resident
  if (!isHers || screen.name !== 'done' || place.card === undefined) return progress
  return { ...withStep(progress, 'enrol'), card: place.card }
}

/** The tour with the card that is being written for its resident, where one is. */
function withBegun(
  progress: GuideProgress,
  { card, standing }: RoomKiosk,
  screen: Screen,
): GuideProgress {
  const isWritten =
    screen.name === 'card' && (screen.step === 'writing' || screen.step === 'reading-back')
  const isHers = standing === progress.resident && card !== undefined
  return isWritten && isHers ? { ...progress, begun: card } : progress
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
      return cardHint(place, screen.step)
    case 'attend':
      return 'attend'
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

/** What the kiosk says of the card on the reader, as something to do in the room. */
function cardHint({ card }: RoomKiosk, step: CardStep): GuideHint {
  if (card === undefined) {
    return step === 'moved' || step === 'another-card' ? 'same-card' : 'new-card'
  }
  return CARD_HELPS[step] ? 'watch' : 'lift-card'
}

const CARD_HELPS: Record<CardStep, boolean> = {
  place: true,
  writing: true,
  'reading-back': true,
  moved: true,
  'not-ours': false,
  'in-use': false,
  'another-card': false,
  several: false,
}

function actionOf(
  hint: GuideHint,
  kiosk: string,
  { resident, card, begun }: GuideProgress,
): RoomCommand | undefined {
  if (hint === 'stand') return { name: 'stand', kiosk, resident }
  if (hint === 'new-card') return { name: 'place', kiosk, card: NEW_CARD }
  if (hint === 'same-card' && begun !== undefined) return { name: 'place', kiosk, card: begun }
  if (hint === 'place-card' && card !== undefined) return { name: 'place', kiosk, card }
  return hint === 'lift-card' ? { name: 'remove', kiosk } : undefined
}
