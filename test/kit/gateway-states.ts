import type {
  CaseState,
  EnrolmentState,
  GatewayState,
  PresentationState,
} from '../../gateway/gateway-state.ts'
import { NOW } from './kiosk-states.ts'

const DAY_S = 86_400

/** A gateway that has just been set up: every part of its console is empty. */
export const EMPTY_GATEWAY: GatewayState = {
  district: 'demo.alpha.north.east',
  isDemo: true,
  now: NOW,
  isConnected: true,
  peers: [],
  counts: {
    enrolments: 0,
    waiting: 0,
    secondLook: 0,
    final: 0,
    held: 0,
    openCases: 0,
    refused: 0,
  },
  enrolments: [],
  cases: [],
  traffic: { types: [], sentBytes: 0, receivedBytes: 0 },
  leaves: 0,
  statusLists: [],
}

const LOOK: PresentationState = {
  eye: 'left',
  outcome: 'bona-fide',
  reason: 'all-checks',
  checks: [
    { method: 'pupil-light-reflex', outcome: 'bona-fide', reason: 'reflex-usual' },
    { method: 'corneal-glints', outcome: 'bona-fide', reason: 'glints-as-asked' },
    { method: 'print-half-tone', outcome: 'undecided', reason: 'half-tone-unclear' },
    { method: 'of-another-version', outcome: 'bona-fide', reason: 'well' },
  ],
  looks: 1,
  isConfirmed: false,
}

const CASES: readonly CaseState[] = [
  {
    id: '91c04f3a',
    opened: NOW - 3600,
    deadline: NOW + 3 * DAY_S - 3600,
    kind: 'cross-district',
    otherDistrict: 'demo.alpha.north.west',
    ownRecord: '0a1b2c3d',
    ownPresentation: [LOOK, { ...LOOK, eye: 'right', outcome: 'exception', isConfirmed: true }],
    otherRecord: 'fe98dc76',
    left: 0.118,
    right: 0.143,
    state: 'open',
  },
  {
    id: '5512ab09',
    opened: NOW - 4 * DAY_S,
    deadline: NOW - DAY_S,
    kind: 'local',
    view: 'crossed',
    ownRecord: '77aa10f2',
    ownPresentation: [],
    right: 0.291,
    state: 'extended',
  },
  {
    id: '1100ffee',
    opened: NOW - 60,
    deadline: NOW + 3 * DAY_S - 60,
    kind: 'cross-district',
    otherDistrict: 'demo.alpha.south.harbour',
    ownRecord: '3141592a',
    ownPresentation: [{ ...LOOK, outcome: 'suspect', looks: 3, isConfirmed: true }],
    state: 'open',
  },
]

function enrolment(i: number): EnrolmentState {
  const base = {
    record: (0x1a_2b_3c_4d + i * 0x01_01_13_37).toString(16).slice(0, 8),
    kiosk: `k${1 + (i % 2)}`,
    captured: NOW - 400 * (i + 1),
    received: NOW - 400 * (i + 1) + 2,
    presentation: i % 3 === 2 ? [] : [LOOK, { ...LOOK, eye: 'right' as const }],
  }
  if (i === 0) {
    return {
      ...base,
      stage: 'waiting',
      assurance: 1,
      coverage: { asked: 1, known: 3, searched: 34 },
    }
  }
  if (i === 1) {
    return {
      ...base,
      stage: 'second-look',
      assurance: 1,
      coverage: { asked: 3, known: 3, searched: 102 },
    }
  }
  return {
    ...base,
    finished: base.captured + 2 + i,
    stage: 'final',
    assurance: 2 + (i % 4),
    coverage: { asked: 3, known: 3, searched: 100 - i },
  }
}

/** A gateway in the middle of its day. */
export const BUSY_GATEWAY: GatewayState = {
  ...EMPTY_GATEWAY,
  peers: [
    {
      path: 'demo.alpha.north.west',
      isConfigured: true,
      isConnected: true,
      lastContact: NOW - 5,
      unanswered: 0,
    },
    {
      path: 'demo.alpha.south.harbour',
      isConfigured: true,
      isConnected: false,
      lastContact: NOW - 7500,
      unanswered: 3,
    },
    { path: 'demo.alpha.south.hill', isConfigured: false, isConnected: false, unanswered: 0 },
  ],
  counts: {
    enrolments: 12,
    waiting: 1,
    secondLook: 1,
    final: 10,
    held: 2,
    openCases: 3,
    refused: 1,
  },
  enrolments: Array.from({ length: 12 }, (_, i) => enrolment(i)),
  cases: CASES,
  traffic: {
    types: [
      { type: 'enrolment', received: 12, sent: 0, receivedBytes: 61_440, sentBytes: 0 },
      { type: 'receipt', received: 0, sent: 12, receivedBytes: 0, sentBytes: 3012 },
      { type: 'dup.query', received: 9, sent: 24, receivedBytes: 45_900, sentBytes: 122_400 },
      { type: 'dup.answer', received: 22, sent: 9, receivedBytes: 6200, sentBytes: 2540 },
      { type: 'dup.case', received: 1, sent: 1, receivedBytes: 410, sentBytes: 410 },
      { type: 'final', received: 0, sent: 10, receivedBytes: 0, sentBytes: 3870 },
    ],
    sentBytes: 139_204,
    receivedBytes: 1_121_890,
  },
  leaves: 47,
  statusLists: [
    {
      list: 0,
      issued: NOW - 600,
      ttlS: DAY_S,
      bytes: 412,
      leased: 512,
      valid: 10,
      checkPending: 2,
    },
  ],
}
