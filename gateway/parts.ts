import type { DistrictPath } from '../protocol/district.ts'
import type { Timers } from '../protocol/timers.ts'
import { randomBytes } from '../runtime/crypto.ts'
import { decodeRow, GALLERY_TABLE } from '../runtime/gallery/gallery-rows.ts'
import { openGallery } from '../runtime/gallery.ts'
import { createRemoteGallery } from '../runtime/match/remote-gallery.ts'
import type { Message } from '../runtime/transport.ts'
import { createActivity } from './activity.ts'
import { type Cases, openCases } from './check/cases.ts'
import { type Checks, openChecks } from './check/checks.ts'
import type { GatewayContext } from './context.ts'
import type { GatewayDeps } from './deps.ts'
import { createAnswering } from './federation/answering.ts'
import { sendQuery } from './federation/asking.ts'
import { caseParcel, peerEntrance, queryParcel } from './federation/inbox.ts'
import { openPeers, type Peers } from './federation/peers.ts'
import { sendCase } from './federation/telling.ts'
import { createHandDesk, type HandDesk } from './ingest/by-hand.ts'
import { kioskEntrance } from './ingest/entrance.ts'
import { createIntake, type IntakePorts } from './ingest/intake.ts'
import { finalNews } from './ingest/requests.ts'
import { createLane, type Lane } from './lane.ts'
import type { Notifier } from './notifier.ts'
import { createPublisher, type Publisher } from './publisher.ts'
import { type Leases, openLeases } from './records/leases.ts'
import { openLedger } from './records/ledger.ts'
import { openRegistry } from './records/registry.ts'
import { openStatuses, type Statuses } from './records/statuses.ts'
import { createTally, type Tally } from './tally.ts'
import { createTraffic, type Traffic } from './traffic.ts'
import { createVoice } from './voice.ts'

/** The parts of a gateway, joined; nothing moves yet. */
export type Parts = {
  readonly context: GatewayContext
  readonly peers: Peers
  readonly checks: Checks
  readonly cases: Cases
  readonly leases: Leases
  readonly statuses: Statuses
  readonly publisher: Publisher
  readonly traffic: Traffic
  readonly tally: Tally
  readonly searches: Lane
  readonly intake: Lane
  readonly peerIntake: Lane
  readonly onKiosk: (message: Message) => void
  readonly onPeer: (message: Message) => void
  readonly byHand: HandDesk
  /** Tells the district that asked of a case, until it confirms. */
  readonly tell: (caseId: string) => void
}

/** What the parts share beside their context. */
export type PartsOptions = {
  readonly stopping: AbortSignal
  readonly notifier: Notifier
  readonly timers: Timers
  readonly onError: (error: unknown) => void
}

/** Questions to workers elsewhere share their way there; a search here has the processor to itself. */
const SEARCHES_ASKED_AT_ONCE = 32
/** Messages of kiosks that are taken in at once: so many share one commit. */
export const KIOSKS_AT_ONCE = 64

/** Opens all parts on what the store holds. */
export async function openParts(deps: GatewayDeps, options: PartsOptions): Promise<Parts> {
  const { store, transport, config } = deps
  const { notifier, onError } = options
  const context = await openContext(deps, options)
  const { district, activity, messenger, log } = context
  const onChange = notifier.changed
  const onSettled = () => {
    activity.check()
    onChange()
  }
  const searches = createLane(onError, onSettled, deps.oracle ? SEARCHES_ASKED_AT_ONCE : 1)
  const intake = createLane(onError, onSettled, KIOSKS_AT_ONCE)
  const peerIntake = createLane(onError, onSettled)
  activity.watch(() => [searches, intake, peerIntake].every(({ length }) => length === 0))

  const { ledger } = context
  const republish = () => publisher.changed()
  const leases = await openLeases(store, randomBytes, republish, ledger)
  const statuses = await openStatuses(store, ledger, republish)
  const cases = await openCases(store, district, ledger)
  const traffic = createTraffic()
  const tally = createTally()
  const publisher = createPublisher(context, {
    ...{ transport, statuses, leases, onError },
    onPublished: onChange,
  })
  const ways = new Map(config.peers.map(({ path }) => [path, deps.peerTransports(path)]))
  const peers = openPeers(context, ways, { change: onChange, error: onError })
  const voice = createVoice({
    ...{ district, messenger, own: transport, peers: ways, traffic, activity, log, onError },
  })

  const checks = await openChecks(context, {
    ...{ cases, statuses, searches, onError, onFinal: publisher.changed },
    onStage(record) {
      // Only news: a kiosk that does not hear it asks (docs/decisions/0006).
      finalNews(context, record).then((news) => news && voice.answer(news), onError)
    },
    ask(peer, record) {
      const send = () => sendQuery(context, voice, peer, record)
      peers.courier(peer)?.add(queryParcel(record), send)
    },
    settle: (peer, record) => peers.courier(peer)?.settle(queryParcel(record)),
    postpone: (peer, record, delayMs) =>
      peers.courier(peer)?.postpone(queryParcel(record), delayMs),
  })
  function tell(id: string): void {
    const row = cases.open.get(id)
    if (row?.isUntold !== true) return
    peers.courier(row.otherDistrict)?.add(caseParcel(id), () => sendCase(voice, cases, id))
  }
  const answering = createAnswering(context, { cases, searches, voice, tell })
  const ports: Omit<IntakePorts, 'lane'> = {
    ...{ voice, traffic },
    onHeard: peers.heard,
    onRefused(reason) {
      tally.refuse()
      log.warn('message.refused', { reason })
      onChange()
    },
  }
  const fromPeers = peerEntrance(context, { cases, checks, answering, peers })
  const fromKiosks = kioskEntrance(context, {
    ...{ begin: checks.begin, leases, tally, onError },
    answer: voice.answer,
  })
  return {
    ...{ context, peers, checks, cases, leases, statuses, publisher, traffic, tally },
    ...{ searches, intake, peerIntake, tell },
    onKiosk: createIntake(context, { ...ports, lane: intake }, fromKiosks),
    onPeer: createIntake(context, { ...ports, lane: peerIntake }, fromPeers),
    byHand: createHandDesk(context, {
      ...{ lane: intake, entrance: fromKiosks, statusLists: publisher.signedLists },
    }),
  }
}

async function openContext(
  {
    config,
    station,
    trust,
    store,
    gallery: search,
    oracle,
    clock,
    messenger,
    verify,
    log,
  }: GatewayDeps,
  { timers, stopping, onError }: PartsOptions,
): Promise<GatewayContext> {
  const district: DistrictPath = config.station
  const ledger = await openLedger(store, randomBytes, onError)
  const registry = await openRegistry(store, ledger)
  const shared = store.sharing && { catchUp: ledger.catchUp }
  const gallery = oracle
    ? createRemoteGallery(store, oracle)
    : await openGallery(store, { ...search, ...shared, log, timers })
  // Workers follow the store by themselves.
  if (oracle === undefined) {
    ledger.follow(GALLERY_TABLE, (handle, value) => {
      if (value !== undefined) gallery.admit(handle, decodeRow(value))
    })
  }
  const activity = createActivity()
  const { policy } = config
  return {
    ...{ district, policy, station, trust, store, clock, messenger, verify, randomBytes, timers },
    ...{ log, ledger, registry, gallery, activity, stopping },
  }
}
