import type { Step } from '../../runtime/machine.ts'

/** Which cards lie on the reader, and which of them have had their answer. UIDs in hex. */
export type PresenceState = {
  /** Answered, and not lifted since. */
  readonly answered: readonly string[]
  /** "One card please" has been said to what lies there. */
  readonly isSeveralSaid: boolean
  /** Polls in a row that saw no card. */
  readonly misses: number
}

/** One poll of the reader. */
export type PresenceEvent =
  | { readonly name: 'polled'; readonly uids: readonly string[] }
  /** Whatever lies there now counts as answered: an enrolment has just used the reader. */
  | { readonly name: 'used'; readonly uids: readonly string[] }

/** What a poll leads to. */
export type PresenceEffect =
  | { readonly name: 'read'; readonly uid: string }
  | { readonly name: 'several' }

/** Where a tap is, from the reader's side. */
export const TAP_STEPS = ['empty', 'answering', 'answered', 'several'] as const

/** One of them. */
export type TapStep = (typeof TAP_STEPS)[number]

/** Where it is between two answers. */
export function tapStepOf({ answered, isSeveralSaid }: PresenceState): TapStep {
  if (isSeveralSaid) return 'several'
  return answered.length === 0 ? 'empty' : 'answered'
}

/** An empty reader. */
export const NO_CARDS: PresenceState = { answered: [], isSeveralSaid: false, misses: 0 }

/** A card that is missed once may only have been read badly: two empty polls are a lifted card. */
const MISSES_TO_LIFT = 2

/** A card that lies there is answered once; after that it must be lifted first. */
export function presenceMachine(
  state: PresenceState,
  event: PresenceEvent,
): Step<PresenceState, PresenceEffect> {
  const { uids } = event
  if (event.name === 'used') return { state: { ...NO_CARDS, answered: uids }, effects: [] }
  if (uids.length === 0) return { state: missed(state), effects: [] }
  if (uids.length > 1) {
    const effects: PresenceEffect[] = state.isSeveralSaid ? [] : [{ name: 'several' }]
    return { state: { ...state, isSeveralSaid: true, misses: 0 }, effects }
  }
  const [uid = ''] = uids
  const isNew = !state.answered.includes(uid)
  const effects: PresenceEffect[] = isNew ? [{ name: 'read', uid }] : []
  return { state: { answered: [uid], isSeveralSaid: false, misses: 0 }, effects }
}

function missed(state: PresenceState): PresenceState {
  const misses = state.misses + 1
  return misses >= MISSES_TO_LIFT ? NO_CARDS : { ...state, misses }
}
