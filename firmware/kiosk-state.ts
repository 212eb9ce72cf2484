import type { EyePosition } from '../protocol/image.ts'
import type { PresentationOutcome } from '../protocol/messages/presentation.ts'
import type { TapOutcome } from '../protocol/messages/tap-counts.ts'
import type { UnixSeconds } from '../protocol/time.ts'
import type { Proof, Reason, Staleness } from '../protocol/verify.ts'

/** All that a kiosk page shows, as one JSON value: the page holds no truth of its own. */
export type KioskState = {
  /** Grows by one with each change, from 0 at each start of the process. */
  readonly revision: number
  readonly station: {
    /** `a.b.c.d/k1`. */
    readonly path: string
    readonly district: string
    readonly kiosk: string
    readonly isDemo: boolean
  }
  readonly link: LinkState
  readonly clock: {
    readonly unix: UnixSeconds
    readonly uncertaintyS: number
    readonly source: string
  }
  readonly devices: DeviceStates
  /** The device that the present step, or the next tap, waits for: it goes on when that is back. */
  readonly pausedFor?: 'orb' | 'reader' | undefined
  /** Persons whom this kiosk's own search covers. */
  readonly people: number
  /** Own enrolments by what the district has said of them. */
  readonly enrolments: {
    /** Issued here and not final yet. */
    readonly waiting: number
    readonly final: number
    readonly secondLook: number
    /** Issued, and the card not written yet: its next tap here finishes it. */
    readonly unfinished: number
  }
  /** Status indices left, so many enrolments are possible without a link. */
  readonly indicesLeft: number
  readonly screen: Screen
}

/** The line to the gateway: never a blocker, only a small line on the page. */
export type LinkState = {
  readonly isConnected: boolean
  /** The broker said that this kiosk is not authorised: it does not try until told, or for a day. */
  readonly isRefused: boolean
  /** Records in the outbox that have no receipt yet. */
  readonly queued: number
  /** Age of the oldest of them in seconds; 0 when there is none. */
  readonly oldestS: number
  /** Records receipted since the kiosk was provisioned. */
  readonly receipts: number
  /** Records that the gateway refused, kept for the operator. */
  readonly refused: number
  /** TCP payload since the start of the process. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** The devices of a kiosk; a panel where it has one. */
export type DeviceStates = {
  readonly orb: DeviceState
  readonly reader: DeviceState
  readonly panel?: DeviceState | undefined
}

/**
 * A device; `sentence` tells the operator what to do, and is empty while all is well. One that is
 * `out-of-service` has been waited for: the kiosk goes on without what needs it, and goes on trying.
 */
export type DeviceState = {
  readonly status: 'ready' | 'missing' | 'restarting' | 'out-of-service'
  readonly name: string
  readonly sentence: string
}

/** What the resident should do next, one at a time; the page has a text and a picture for each. */
export const INSTRUCTIONS = [
  'look-into-the-camera',
  'come-closer',
  'move-back',
  'open-your-eye',
  'look-straight',
  'hold-still',
  'take-off-glasses',
  'less-light',
  'more-light',
  'look-at-the-ring',
  'thank-you',
] as const

/** Identifier of an instruction. */
export type InstructionId = (typeof INSTRUCTIONS)[number]

/** A closed outline in image pixels, x to the right and y down, in `[x, y]` pairs. */
export type Polygon = readonly (readonly [x: number, y: number])[]

/** What the pipeline found in the frame that is shown. */
export type Overlay = {
  readonly width: number
  readonly height: number
  readonly pupil: Polygon
  readonly limbus: Polygon
  /** Lid edges and masked regions. */
  readonly mask: readonly Polygon[]
}

/** A ticket for a second look. */
export type SecondLook = {
  /** Ticket number as it is said and typed: hex in groups of four. */
  readonly ticket: string
  /** By when the resident hears. */
  readonly deadline: UnixSeconds
}

/** Where a card step is. */
export type CardStep = 'place' | 'writing' | 'reading-back' | 'moved' | CardHindrance

/**
 * Why the card on the reader is not gone on with: it is of another kind, it is somebody's already,
 * this enrolment has begun to write another one, or it is not alone.
 */
export type CardHindrance = 'not-ours' | 'in-use' | 'another-card' | 'several'

/** Why an enrolment ended early. Nothing of it was kept, but by `storage` where the disk is in doubt. */
export type StopReason =
  | 'no-consent'
  | 'cancelled'
  | 'resident-left'
  /** Neither eye can be used: the operator has another way. */
  | 'no-eye'
  /** No status index is left: the kiosk must reach its gateway first. */
  | 'no-index'
  /** The clock reads earlier than it may: no enrolment until it is set. */
  | 'clock'
  /** The kiosk's own delegation is not valid now: its district must renew it. */
  | 'certificate'
  /** The disk is full or cannot be written: taps go on, enrolments wait. */
  | 'storage'
  /** Camera or card reader is out of service: enrolments wait, the rest goes on. */
  | 'device'

/** What the page shows now. */
export type Screen =
  | { readonly name: 'idle' }
  | { readonly name: 'consent'; readonly sentences: readonly string[]; readonly language: string }
  | CaptureScreen
  | AttendScreen
  | { readonly name: 'checking'; readonly people: number }
  | { readonly name: 'card'; readonly step: CardStep }
  | {
      readonly name: 'done'
      readonly isOffline: boolean
      /** The record has no receipt yet. */
      readonly isOnItsWay: boolean
      readonly isFinalWaiting: boolean
      readonly secondLook?: SecondLook | undefined
    }
  | TapScreen
  | { readonly name: 'stopped'; readonly reason: StopReason }

/** An eye is being captured; the frame is at `frame.png?n=<frame>`. */
export type CaptureScreen = {
  readonly name: 'capture'
  readonly eye: EyePosition
  /** 1..3. */
  readonly attempt: number
  /** The head's visible light flashes in this capture. */
  readonly isFlashing: boolean
  /** This eye was looked at before, and too little was seen. */
  readonly isAgain: boolean
  readonly instruction: InstructionId
  /** Of the frame that is shown, 0..100. */
  readonly quality: number
  /** Sequence number of the frame that is shown; 0 = none yet. */
  readonly frame: number
  readonly overlay?: Overlay | undefined
}

/** Somebody of the kiosk's staff is asked to look at the resident and to say how to go on. */
export type AttendScreen = {
  readonly name: 'attend'
  readonly eye: EyePosition
  /** The usual signs were not all there, or something spoke for a picture of an eye. */
  readonly why: 'exception' | 'look'
  /** What each check said, for the operator. */
  readonly checks: readonly {
    readonly method: string
    readonly outcome: PresentationOutcome
  }[]
}

/** The answer to a tap; it goes back to idle by itself. */
export type TapScreen = {
  readonly name: 'tap'
  readonly outcome: TapOutcome
  /** `ok`, verification's reason, or the reader's: the card is not ours, was not read whole, or is not alone. */
  readonly reason: Reason | 'foreign-card' | 'blank-card' | 'unreadable' | 'several-cards'
  readonly proof?: Proof | undefined
  /** 1 this kiosk … 5 nation; 0 where nothing signed was read. */
  readonly assurance: number
  readonly staleness: Staleness
  /** From the card found in the field to the verdict, without the time of an upgrade. */
  readonly milliseconds: number
  /** True when this tap put the final credential on the card. */
  readonly upgraded: boolean
  readonly secondLook?: SecondLook | undefined
}

/** What the page may ask for, as the JSON body of a POST. */
export type KioskCommand =
  | { readonly name: 'begin' }
  | { readonly name: 'consent'; readonly isGiven: boolean }
  | { readonly name: 'cannot-use-this-eye' }
  /** At the consent: yes, but without flashes. At a capture: go on without them. */
  | { readonly name: 'no-flashes' }
  /** The operator: I looked, this is the resident's own eye. */
  | { readonly name: 'confirm-own-eye' }
  | { readonly name: 'look-again' }
  | { readonly name: 'cancel' }
  | { readonly name: 'acknowledge' }
  /** The operator: try the line again after a refusal. */
  | { readonly name: 'try-the-line' }

/** Whether a command was taken; one that does not fit the screen changes nothing. */
export type CommandResult =
  | { readonly isTaken: true }
  | { readonly isTaken: false; readonly why: string }

const PLAIN_COMMANDS = [
  'begin',
  'cannot-use-this-eye',
  'no-flashes',
  'confirm-own-eye',
  'look-again',
  'cancel',
  'acknowledge',
  'try-the-line',
] as const

/** A command out of a POST's JSON, or `undefined` where it is none. */
export function parseKioskCommand(value: unknown): KioskCommand | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, isGiven, ...rest } = value as Record<string, unknown>
  if (Object.keys(rest).length > 0) return undefined
  if (name === 'consent') return typeof isGiven === 'boolean' ? { name, isGiven } : undefined
  const plain = PLAIN_COMMANDS.find((command) => command === name)
  return plain === undefined || isGiven !== undefined ? undefined : { name: plain }
}
