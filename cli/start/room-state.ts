/**
 * The simulated room, as JSON: who stands in front of which kiosk's camera and which card lies on
 * which reader. One snapshot, pushed whole on each change; the page holds no truth.
 */
export type RoomState = {
  /** In the order in which they are shown: the tour begins at the first. */
  readonly kiosks: readonly RoomKiosk[]
  readonly residents: readonly RoomResident[]
  readonly guide: Guide
}

/** One kiosk with its camera and its card reader. */
export type RoomKiosk = {
  /** The name in its address, `/kiosk/<name>/`. */
  readonly name: string
  /** Dotted path of its district. */
  readonly district: string
  /** The name in its gateway's address, `/gateway/<name>/`. */
  readonly gateway: string
  /** Identifier of the resident before the camera. */
  readonly standing?: string | undefined
  /** Identifier of the card on the reader. */
  readonly card?: string | undefined
  /** True while the kiosk's line to its gateway is cut. */
  readonly isCut?: boolean
}

/** A resident of the simulation; a name is for the room alone and never leaves it. */
export type RoomResident = {
  readonly id: string
  readonly name: string
  readonly cards: readonly RoomCard[]
}

/** A card in a resident's hand or on a reader. */
export type RoomCard = {
  readonly id: string
  /** As it is told apart in the room, such as `1`: the first card that resident was handed. */
  readonly label: string
  /** Name of the kiosk on whose reader it lies. */
  readonly kiosk?: string | undefined
}

/** The three steps of the tour. */
export const GUIDE_STEPS = ['enrol', 'tap', 'caught'] as const

/** Identifier of a step. */
export type GuideStepId = (typeof GUIDE_STEPS)[number]

/** What a newcomer does next within the step under way; the page has a text for each. */
export const GUIDE_HINTS = [
  'stand',
  'begin',
  'agree',
  'watch',
  'attend',
  'new-card',
  'lift-card',
  'same-card',
  'place-card',
  'district-checks',
  'finish',
  'see-case',
] as const

/** Identifier of a hint. */
export type GuideHint = (typeof GUIDE_HINTS)[number]

/** How far the tour is. The server works it out from what the kiosks and gateways report. */
export type Guide = {
  readonly done: readonly GuideStepId[]
  /** What to do now, and at which kiosk: with all three steps done, `see-case` at the last. */
  readonly hint: GuideHint
  readonly kiosk: string
  readonly resident: string
  /** What the button beside the hint does in the room; absent where the next press is on a kiosk. */
  readonly action?: RoomCommand | undefined
}

/** What the page may ask of the room, as the JSON body of a POST. */
export type RoomCommand =
  | { readonly name: 'stand'; readonly kiosk: string; readonly resident: string | null }
  /** `new` hands the resident before the camera a blank card and lays it down. */
  | { readonly name: 'place'; readonly kiosk: string; readonly card: string }
  | { readonly name: 'remove'; readonly kiosk: string }
  /** The kiosk's line to its gateway. */
  | { readonly name: 'cut'; readonly kiosk: string }
  | { readonly name: 'mend'; readonly kiosk: string }

/** The card identifier that stands for a blank one. */
export const NEW_CARD = 'new'

/** A command out of a POST's JSON, or `undefined` where it is none. */
export function parseRoomCommand(value: unknown): RoomCommand | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, kiosk, resident, card, ...rest } = value as Record<string, unknown>
  if (Object.keys(rest).length > 0 || !isName(kiosk)) return undefined
  if (name === 'stand' && card === undefined && (resident === null || isName(resident))) {
    return { name, kiosk, resident }
  }
  if (resident !== undefined) return undefined
  if (name === 'place' && isName(card)) return { name, kiosk, card }
  const isPlain = name === 'remove' || name === 'cut' || name === 'mend'
  return isPlain && card === undefined ? { name, kiosk } : undefined
}

const MAX_NAME_LENGTH = 64

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH
}
