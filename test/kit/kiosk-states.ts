import { encode } from 'fast-png'
import { CONSENT as CONSENT_TEXT } from '../../firmware/enrolment/consent.ts'
import {
  type DeviceState,
  INSTRUCTIONS,
  type KioskState,
  type Polygon,
  type Screen,
  type SecondLook,
  type StopReason,
  type TapScreen,
} from '../../firmware/kiosk-state.ts'

/** 2026-11-23, 10:30 UTC. */
export const NOW = 1_795_429_800
const DAY_S = 86_400

/** A snapshot that shows `screen`, with all well around it. */
export function kioskState(screen: Screen, more: Partial<KioskState> = {}): KioskState {
  return {
    revision: 1,
    station: {
      path: 'demo.alpha.north.east/k1',
      district: 'demo.alpha.north.east',
      kiosk: 'k1',
      isDemo: true,
    },
    link: {
      isConnected: true,
      isRefused: false,
      queued: 0,
      oldestS: 0,
      receipts: 12,
      refused: 0,
      sentBytes: 48_213,
      receivedBytes: 9120,
    },
    clock: { unix: NOW, uncertaintyS: 1, source: 'system' },
    devices: {
      orb: { status: 'ready', name: 'Orb head 0.1', sentence: '' },
      reader: { status: 'ready', name: 'PN532 1.6', sentence: '' },
    },
    people: 34,
    enrolments: { waiting: 2, final: 30, secondLook: 1, unfinished: 1 },
    indicesLeft: 222,
    screen,
    ...more,
  }
}

/** The ticket that these tests show. */
export const SECOND_LOOK: SecondLook = { ticket: '4f3a 91c0', deadline: NOW + 3 * DAY_S }

/** The line is down, records wait, and both devices want the operator. */
export const TROUBLE: Partial<KioskState> = {
  link: {
    isConnected: false,
    isRefused: false,
    queued: 3,
    oldestS: 4000,
    receipts: 12,
    refused: 1,
    sentBytes: 48_213,
    receivedBytes: 9120,
  },
  clock: { unix: NOW, uncertaintyS: 900, source: 'floor' },
  devices: {
    orb: {
      status: 'missing',
      name: 'Orb head 0.1',
      sentence: 'The iris camera is unplugged: look at the cable in port 2.',
    },
    reader: { status: 'restarting', name: 'PN532 1.6', sentence: 'The reader restarts, 1 of 2.' },
  },
}

const READY = { status: 'ready', name: 'device', sentence: '' } as const

/** One device is away, by its name. */
export const AWAY: Readonly<Record<'orb' | 'reader', Pick<KioskState, 'devices'>>> = {
  orb: { devices: { orb: awayOf('iris camera'), reader: READY } },
  reader: { devices: { orb: READY, reader: awayOf('card reader') } },
}

function awayOf(name: string): DeviceState {
  const sentence = `Plug in the cable marked "${name}": /dev/personhood/x is gone: its cable or its power; plug it in again`
  return { status: 'missing', name, sentence }
}

function ring(x: number, y: number, radius: number): Polygon {
  return Array.from({ length: 48 }, (_, i) => {
    const angle = (i / 48) * 2 * Math.PI
    return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))]
  })
}

const OVERLAY = {
  width: 640,
  height: 480,
  pupil: ring(320, 240, 48),
  limbus: ring(320, 240, 132),
  mask: [
    [
      [188, 180],
      [320, 118],
      [452, 180],
      [452, 100],
      [188, 100],
    ],
  ],
} as const

/** Every capture screen: both eyes, each instruction, with and without a frame. */
export const CAPTURES: readonly Screen[] = [
  {
    name: 'capture',
    eye: 'left',
    attempt: 1,
    isFlashing: true,
    isAgain: false,
    instruction: 'look-into-the-camera',
    quality: 0,
    frame: 0,
  },
  ...INSTRUCTIONS.map(
    (instruction, i): Screen => ({
      name: 'capture',
      eye: i % 2 === 0 ? 'left' : 'right',
      attempt: 1 + (i % 3),
      isFlashing: i % 3 !== 2,
      isAgain: i % 3 !== 0,
      instruction,
      quality: i * 11,
      frame: i + 1,
      overlay: OVERLAY,
    }),
  ),
]

/** Both eyes, both reasons why somebody is asked to look. */
export const ATTENDS: readonly Screen[] = (['exception', 'look'] as const).map((why, i) => ({
  name: 'attend',
  eye: i === 0 ? 'left' : 'right',
  why,
  checks: [
    { method: 'pupil-light-reflex', outcome: 'exception' },
    { method: 'corneal-glints', outcome: i === 0 ? 'bona-fide' : 'suspect' },
    { method: 'print-half-tone', outcome: 'undecided' },
    { method: 'static-or-replayed', outcome: 'bona-fide' },
  ],
}))

/** Each step with the card. */
export const CARD_STEPS: readonly Screen[] = (
  [
    'place',
    'writing',
    'reading-back',
    'moved',
    'not-ours',
    'in-use',
    'another-card',
    'several',
  ] as const
).map((step) => ({ name: 'card', step }))

/** Each way an enrolment ends with a credential. */
export const DONES: readonly Screen[] = [
  { name: 'done', isOffline: false, isOnItsWay: false, isFinalWaiting: true },
  { name: 'done', isOffline: false, isOnItsWay: true, isFinalWaiting: true },
  { name: 'done', isOffline: true, isOnItsWay: true, isFinalWaiting: true },
  { name: 'done', isOffline: false, isOnItsWay: false, isFinalWaiting: false },
  {
    ...{ name: 'done', isOffline: false, isOnItsWay: false, isFinalWaiting: true },
    secondLook: SECOND_LOOK,
  },
]

const TAP: Omit<TapScreen, 'outcome' | 'reason'> = {
  name: 'tap',
  assurance: 2,
  staleness: 'fresh',
  milliseconds: 182.4,
  upgraded: false,
}

/** Each outcome with each of its reasons. */
export const TAPS: readonly TapScreen[] = [
  { ...TAP, outcome: 'go', reason: 'ok', proof: 'card' },
  { ...TAP, outcome: 'go', reason: 'ok', proof: 'signature', staleness: 'stale', assurance: 1 },
  { ...TAP, outcome: 'go', reason: 'ok', proof: 'body', staleness: 'unknown', assurance: 5 },
  { ...TAP, outcome: 'go', reason: 'ok', proof: 'card', upgraded: true },
  { ...TAP, outcome: 'go', reason: 'ok', proof: 'card', assurance: 1, secondLook: SECOND_LOOK },
  ...(
    [
      'unknown-issuer',
      'wrong-signature',
      'expired',
      'revoked',
      'suspended',
      'issuer-withdrawn',
      'assurance-too-low',
      'another-card',
      'foreign-card',
      'blank-card',
    ] as const
  ).map((reason): TapScreen => ({ ...TAP, outcome: 'stop', reason, assurance: 0 })),
  ...(['not-a-credential', 'not-yet-valid', 'issuer-withdrawn', 'unreadable'] as const).map(
    (reason): TapScreen => ({ ...TAP, outcome: 'again', reason, assurance: 0 }),
  ),
  { ...TAP, outcome: 'one-card-please', reason: 'several-cards', assurance: 0 },
]

const STOP_REASONS: Record<StopReason, true> = {
  'no-consent': true,
  cancelled: true,
  'resident-left': true,
  'no-eye': true,
  'no-index': true,
  certificate: true,
  clock: true,
  storage: true,
  device: true,
}

/** Each reason for an enrolment to end without a credential. */
export const STOPS: readonly Screen[] = Object.keys(STOP_REASONS).map((reason) => ({
  name: 'stopped',
  reason: reason as StopReason,
}))

/** The consent that the firmware asks for. */
export const CONSENT: Screen = {
  name: 'consent',
  language: CONSENT_TEXT.language,
  sentences: CONSENT_TEXT.sentences,
}

/** Every screen of a kiosk. */
export const SCREENS: readonly Screen[] = [
  { name: 'idle' },
  CONSENT,
  ...CAPTURES,
  ...ATTENDS,
  ...ATTENDS,
  { name: 'checking', people: 34 },
  ...CARD_STEPS,
  ...DONES,
  ...TAPS,
  ...STOPS,
]

/** A drawn eye, 640x480: no picture of a person. */
export function drawnEye(): Uint8Array {
  const [width, height] = [640, 480]
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = shade(x - 320, y - 240)
  }
  return encode({ width, height, data, channels: 1, depth: 8 })
}

function shade(x: number, y: number): number {
  const radius = Math.hypot(x, y)
  const lid = 150 - (x * x) / 420
  if (Math.abs(y) > lid) return 150 + ((x * 3 + y * 5) % 13)
  if (radius < 48) return 24
  if (Math.hypot(x - 18, y + 16) < 9) return 250
  if (radius < 132) return 92 + Math.round(22 * Math.sin(Math.atan2(y, x) * 40 + radius / 7))
  return 205
}
