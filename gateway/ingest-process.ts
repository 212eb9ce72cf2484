import { allKiosksUp } from '../protocol/topics.ts'
import { randomBytes } from '../runtime/crypto.ts'
import { createGalleryDoor } from '../runtime/gallery/gallery-door.ts'
import { systemTimers } from '../runtime/timers.ts'
import { createActivity } from './activity.ts'
import { beginCheck } from './check/checks.ts'
import { type IngestContext, now } from './context.ts'
import type { GatewayDeps } from './deps.ts'
import { createFailure } from './failure.ts'
import type { TrafficState } from './gateway-state.ts'
import { kioskEntrance } from './ingest/entrance.ts'
import { createIntake } from './ingest/intake.ts'
import { createLane } from './lane.ts'
import { createNotifier } from './notifier.ts'
import { KIOSKS_AT_ONCE } from './parts.ts'
import { openLeases } from './records/leases.ts'
import { openLedger } from './records/ledger.ts'
import { openRegistryRows } from './records/registry.ts'
import { createTally } from './tally.ts'
import { createTraffic } from './traffic.ts'
import { createVoice } from './voice.ts'

/** What an ingest process says of itself. */
export type IngestState = {
  readonly district: string
  readonly role: 'ingest'
  readonly isConnected: boolean
  /** Leaves of the district's log, as far as this process knows. */
  readonly leaves: number
  /** Messages not acted on, and records held by a quota, since its start. */
  readonly refused: number
  readonly held: number
  readonly traffic: TrafficState
}

/** One of any number of processes that take in what the kiosks of a district send. */
export type IngestProcess = {
  readonly state: IngestState
  onState(listener: () => void): () => void
  /** Resolves when no message is under way. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** What it is started with; `share` is the name of its group where the broker has shared subscriptions. */
export type IngestDeps = Omit<GatewayDeps, 'gallery' | 'peerTransports'> & {
  readonly share?: string
}

/** Starts to take in: verifies, makes durable in batches, then signs the receipts. */
export async function startIngest(deps: IngestDeps): Promise<IngestProcess> {
  const { config, station, trust, store, clock, messenger, transport, verify, log } = deps
  const { timers = systemTimers, share } = deps
  const { station: district, policy } = config
  const stopping = new AbortController()
  const notifier = createNotifier(timers)
  const onError = createFailure(deps, stopping)
  const ledger = await openLedger(store, randomBytes, onError)
  const leases = await openLeases(store, randomBytes, () => undefined, ledger)
  const activity = createActivity()
  const context: IngestContext = {
    ...{ district, policy, station, trust, store, clock, messenger, verify, randomBytes, timers },
    ...{ log, ledger, activity, stopping: stopping.signal },
    registry: openRegistryRows(store),
    gallery: createGalleryDoor(store),
  }
  const lane = createLane(
    onError,
    () => {
      activity.check()
      notifier.changed()
    },
    KIOSKS_AT_ONCE,
  )
  activity.watch(() => lane.length === 0)
  const traffic = createTraffic()
  const tally = createTally()
  const voice = createVoice({
    ...{ district, messenger, own: transport, peers: new Map(), traffic, activity, log, onError },
  })
  const entrance = kioskEntrance(context, {
    begin: (draft, record) => beginCheck(draft, record, now(context)),
    ...{ leases, tally, onError },
    answer: voice.answer,
  })
  const take = createIntake(
    context,
    {
      ...{ lane, voice, traffic },
      onHeard() {},
      onRefused(reason) {
        tally.refuse()
        log.warn('message.refused', { reason })
        notifier.changed()
      },
    },
    entrance,
  )
  const filter = allKiosksUp(district)
  const stopListening = transport.onState(notifier.changed)
  const unsubscribe = await transport.subscribe(
    share === undefined ? filter : `$share/${share}/${filter}`,
    (message) => void (stopping.signal.aborted || take(message)),
  )
  return {
    get state(): IngestState {
      const { isConnected } = transport
      const { refused, held } = tally
      const bytes = { types: traffic.rows, ...transport.counters() }
      const { leaves } = ledger
      return { district, role: 'ingest', isConnected, leaves, refused, held, traffic: bytes }
    },
    onState: notifier.listen,
    idle: activity.idle,
    async close() {
      stopping.abort()
      stopListening()
      notifier.stop()
      ledger.stop()
      await lane.stop()
      await unsubscribe()
    },
  }
}
