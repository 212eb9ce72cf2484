import type { ProbeView } from '../protocol/duplicate-rule.ts'
import type { Presentation } from '../protocol/messages/presentation.ts'
import type { UnixSeconds } from '../protocol/time.ts'

/**
 * All that a gateway's page shows, as JSON: one snapshot, pushed whole on each change. It holds no
 * biometric data, no name and no card number; the page computes nothing from it.
 */
export type GatewayState = {
  /** The district's dotted path, such as `demo.alpha.north.east`. */
  readonly district: string
  /** True under a demonstration root: the page says so. */
  readonly isDemo: boolean
  /** When the snapshot was made. */
  readonly now: UnixSeconds
  /** False while the gateway's own broker cannot be reached: kiosks keep what they have. */
  readonly isConnected: boolean
  readonly peers: readonly PeerState[]
  readonly counts: GatewayCounts
  /** The newest enrolments, newest first, at most 50. */
  readonly enrolments: readonly EnrolmentState[]
  /** Open cases, oldest deadline first, at most 100. */
  readonly cases: readonly CaseState[]
  readonly traffic: TrafficState
  /** Leaves of the log so far: the next leaf's index. */
  readonly leaves: number
  readonly statusLists: readonly StatusListState[]
}

/** Another district of the trust list. */
export type PeerState = {
  readonly path: string
  /** False where the configuration names no broker for it: it cannot be asked. */
  readonly isConfigured: boolean
  readonly isConnected: boolean
  /** When a message of it was last verified; absent = not since the start. */
  readonly lastContact?: UnixSeconds
  /** Questions that wait for its answer. */
  readonly unanswered: number
}

/** Numbers since the district began, out of the store. */
export type GatewayCounts = {
  readonly enrolments: number
  readonly waiting: number
  readonly secondLook: number
  readonly final: number
  /** Over the day's quota of their kiosk: kept there and sent again, never dropped. */
  readonly held: number
  readonly openCases: number
  /** Messages that were not acted on since the start of the process; each known sender was told. */
  readonly refused: number
}

/** Where an enrolment stands. */
export type EnrolmentStage = 'waiting' | 'second-look' | 'final'

/** One enrolment as the page may show it. */
export type EnrolmentState = {
  /** First 8 hex digits of the record identifier. */
  readonly record: string
  /** The kiosk's own name, such as `k1`. */
  readonly kiosk: string
  readonly captured: UnixSeconds
  readonly received: UnixSeconds
  /** When the final credential was signed. */
  readonly finished?: UnixSeconds
  readonly stage: EnrolmentStage
  /** 1 kiosk, 2 district, 3 city, 4 province, 5 nation; that of the final credential once signed. */
  readonly assurance: number
  readonly coverage: CoverageState
  readonly presentation: readonly PresentationState[]
}

/** What the kiosk's look at one eye said; an enrolment without any was not looked at. */
export type PresentationState = Pick<
  Presentation,
  'eye' | 'outcome' | 'reason' | 'checks' | 'looks' | 'isConfirmed'
>

/** Who has been asked whether they know this person: districts, and persons in their galleries. */
export type CoverageState = {
  readonly asked: number
  readonly known: number
  /** Persons compared with, in all districts that answered. */
  readonly searched: number
}

/** A suspected duplicate that people decide. */
export type CaseState = {
  /** First 8 hex digits of the case identifier, which both districts share. */
  readonly id: string
  readonly opened: UnixSeconds
  /** By when two reviewers decide; it moves on where nobody has. */
  readonly deadline: UnixSeconds
  readonly kind: 'local' | 'cross-district'
  /** The other district of a cross-district case. */
  readonly otherDistrict?: string
  /** First 8 hex digits of our own enrolment in the case, and of the other where it is known. */
  readonly ownRecord: string
  readonly otherRecord?: string
  /** What our own enrolment's kiosk saw of the eyes. */
  readonly ownPresentation: readonly PresentationState[]
  /** Fraction of differing bits of each eye, 0 to 1; absent = could not be compared. */
  readonly left?: number
  readonly right?: number
  /** How one enrolment was turned for these figures; absent = as it was captured. */
  readonly view?: Exclude<ProbeView, 'as-is'>
  /** `extended`: a deadline went by without a decision. */
  readonly state: 'open' | 'extended'
}

/** Messages and bytes since the start of the process. */
export type TrafficState = {
  readonly types: readonly TrafficRow[]
  /** Bytes of TCP payload over all connections. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** Messages of one type, such as `enrolment` or `dup.query`, and the bytes of their envelopes. */
export type TrafficRow = {
  readonly type: string
  readonly received: number
  readonly sent: number
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** The published state of one status list. */
export type StatusListState = {
  readonly list: number
  readonly issued: UnixSeconds
  readonly ttlS: number
  /** Length of the signed token. */
  readonly bytes: number
  /** Indices leased to kiosks. */
  readonly leased: number
  readonly valid: number
  readonly checkPending: number
}
