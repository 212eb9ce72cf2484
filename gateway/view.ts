import { toHex } from '../protocol/bytes.ts'
import type { DistrictPath } from '../protocol/district.ts'
import type { EyeScore } from '../protocol/duplicate-rule.ts'
import type { Presentation } from '../protocol/messages/presentation.ts'
import type { Transport } from '../runtime/transport.ts'
import type { Cases } from './check/cases.ts'
import { coverageOf, isAwaited } from './check/check.ts'
import type { Checks } from './check/checks.ts'
import { type GatewayContext, now } from './context.ts'
import type { Peers } from './federation/peers.ts'
import type {
  CaseState,
  EnrolmentState,
  GatewayState,
  PeerState,
  PresentationState,
  StatusListState,
} from './gateway-state.ts'
import type { Publisher } from './publisher.ts'
import type { Leases } from './records/leases.ts'
import type { RegistryEntry } from './records/registry.ts'
import type { CaseRow } from './records/rows.ts'
import type { Statuses } from './records/statuses.ts'
import type { Tally } from './tally.ts'
import type { Traffic } from './traffic.ts'

/** All that the snapshot is made of. */
export type ViewSources = {
  readonly context: GatewayContext
  readonly transport: Transport
  readonly peers: Peers
  readonly checks: Checks
  readonly cases: Cases
  readonly leases: Leases
  readonly statuses: Statuses
  readonly publisher: Publisher
  readonly traffic: Traffic
  readonly tally: Tally
}

const SHORT = 8
const MAX_CASES = 100

/** The snapshot that the page renders. */
export function viewOf(sources: ViewSources): GatewayState {
  const { context, transport, cases, traffic, peers } = sources
  const { stages, recent } = context.registry
  const transports = [transport, ...[...peers.all.values()].map((peer) => peer.transport)]
  const bytes = transports.map((one) => one.counters())
  const openCases = [...cases.open].sort(([, a], [, b]) => a.deadline - b.deadline)
  return {
    district: context.district,
    isDemo: context.trust.current.isDemo,
    now: now(context),
    isConnected: transport.isConnected,
    peers: peerStates(sources),
    counts: {
      enrolments: stages.waiting + stages['second-look'] + stages.final,
      waiting: stages.waiting,
      secondLook: stages['second-look'],
      final: stages.final,
      held: sources.tally.held,
      openCases: cases.open.size,
      refused: sources.tally.refused,
    },
    enrolments: recent.map((entry) => enrolmentState(sources, entry)),
    cases: openCases.slice(0, MAX_CASES).map(([id, row]) => caseState(context.district, id, row)),
    traffic: {
      types: traffic.rows,
      sentBytes: bytes.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
      receivedBytes: bytes.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
    },
    leaves: context.ledger.leaves,
    statusLists: statusStates(sources),
  }
}

function peerStates({ context, peers, checks }: ViewSources): readonly PeerState[] {
  const unanswered = new Map<DistrictPath, number>()
  for (const { asks } of checks.open.values()) {
    for (const [peer, row] of asks) {
      if (isAwaited(row)) unanswered.set(peer, (unanswered.get(peer) ?? 0) + 1)
    }
  }
  const others = context.trust.current.districts.filter((path) => path !== context.district)
  return others.map((path) => {
    const peer = peers.all.get(path)
    return {
      path,
      isConfigured: peer !== undefined,
      isConnected: peer?.transport.isConnected ?? false,
      ...(peer?.lastContact === undefined ? {} : { lastContact: peer.lastContact }),
      unanswered: unanswered.get(path) ?? 0,
    }
  })
}

function enrolmentState(
  { context, checks }: ViewSources,
  { record, row }: RegistryEntry,
): EnrolmentState {
  const check = checks.open.get(record)
  const known = context.trust.current.districts
  return {
    record: record.slice(0, SHORT),
    kiosk: row.kiosk.slice(row.kiosk.indexOf('/') + 1),
    captured: row.captured,
    received: row.received,
    ...(row.finished === undefined ? {} : { finished: row.finished }),
    stage: row.stage,
    assurance: row.assurance,
    coverage: check === undefined ? row.coverage : coverageOf(check, context.district, known),
    presentation: (row.presentation ?? []).map(lookOf),
  }
}

function caseState(home: DistrictPath, id: string, row: CaseRow): CaseState {
  const isLocal = row.otherDistrict === home
  const left = fraction(row.left)
  const right = fraction(row.right)
  return {
    id: id.slice(0, SHORT),
    opened: row.opened,
    deadline: row.deadline,
    kind: isLocal ? 'local' : 'cross-district',
    ...(isLocal ? {} : { otherDistrict: row.otherDistrict }),
    ownRecord: toHex(row.ownRecord).slice(0, SHORT),
    otherRecord: toHex(row.otherRecord).slice(0, SHORT),
    ownPresentation: (row.ownPresentation ?? []).map(lookOf),
    ...(left === undefined ? {} : { left }),
    ...(right === undefined ? {} : { right }),
    ...(row.view === undefined || row.view === 'as-is' ? {} : { view: row.view }),
    state: row.isExtended ? 'extended' : 'open',
  }
}

function lookOf(look: Presentation): PresentationState {
  const { eye, outcome, reason, checks, looks, isConfirmed } = look
  return { eye, outcome, reason, checks, looks, isConfirmed }
}

function fraction(score: EyeScore | undefined): number | undefined {
  if (score === undefined || score.commonBits === 0) return undefined
  return score.numeratorBits / score.commonBits
}

function statusStates({ leases, statuses, publisher }: ViewSources): readonly StatusListState[] {
  return [...publisher.published].map(([list, { issued, ttlS, bytes }]) => {
    const leased = leases.lists.get(list) ?? 0
    const valid = statuses.valid(list)
    return { list, issued, ttlS, bytes, leased, valid, checkPending: leased - valid }
  })
}
