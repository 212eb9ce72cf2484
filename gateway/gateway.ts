import { allKiosksUp, wholeInbox } from '../protocol/topics.ts'
import { systemTimers } from '../runtime/timers.ts'
import { now } from './context.ts'
import type { GatewayDeps } from './deps.ts'
import { createFailure } from './failure.ts'
import type { GatewayState } from './gateway-state.ts'
import type { HandDesk } from './ingest/by-hand.ts'
import { createNotifier } from './notifier.ts'
import { openParts } from './parts.ts'
import { viewOf } from './view.ts'

/** One district at work. */
export type Gateway = {
  readonly state: GatewayState
  /** Tells that `state` has changed, at most ten times a second; returns the function that stops it. */
  onState(listener: () => void): () => void
  /**
   * Resolves when nothing is left to do: no message, search or publication is under way, and no
   * peer that is connected owes an answer. What waits for a peer out of reach is left for later.
   */
  idle(): Promise<void>
  /** Mail that was carried here by hand. */
  readonly byHand: HandDesk
  /** Ends within a moment; what is under way is resumed from the store by the next start. */
  close(): Promise<void>
}

const SWEEP_MS = 60_000

/** Starts a district's gateway and takes up all that its store says is not done. */
export async function startGateway(deps: GatewayDeps): Promise<Gateway> {
  const { transport, timers = systemTimers } = deps
  const stopping = new AbortController()
  const notifier = createNotifier(timers)
  const onError = createFailure(deps, stopping)
  const parts = await openParts(deps, { stopping: stopping.signal, notifier, timers, onError })
  const { context, peers, checks, cases, publisher, searches, intake, peerIntake } = parts
  const { activity, district, ledger, policy } = context

  function sweep(): void {
    if (stopping.signal.aborted) return
    const caseS = policy.caseHours * 3600
    ledger
      .change((draft) => cases.extend(draft, now(context), caseS))
      .then(notifier.changed)
      .catch(onError)
    checks.resume()
    publisher.refresh()
    cancelSweep = timers.after(SWEEP_MS, sweep)
  }

  const stopListening = transport.onState((isConnected) => {
    if (isConnected) publisher.all()
    notifier.changed()
  })
  let cancelSweep = () => {}
  // After a failure as after a close: what memory holds may no longer be what the store holds.
  const halted = onceAborted(stopping.signal).then(async () => {
    cancelSweep()
    stopListening()
    notifier.stop()
    publisher.stop()
    peers.stop()
    context.ledger.stop()
    await Promise.all([searches.stop(), intake.stop(), peerIntake.stop(), checks.stop()])
    await context.gallery.close()
  })
  const unsubscribe = [
    // Beside processes that take in, this one does the rest.
    ...(deps.role === 'api'
      ? []
      : [await transport.subscribe(allKiosksUp(district), parts.onKiosk)]),
    await transport.subscribe(wholeInbox(district), parts.onPeer),
  ]
  publisher.all()
  for (const id of cases.open.keys()) parts.tell(id)
  sweep()

  return {
    get state() {
      return viewOf({ ...parts, transport })
    },
    onState: notifier.listen,
    idle: activity.idle,
    byHand: parts.byHand,
    async close() {
      stopping.abort()
      await halted
      await Promise.all(unsubscribe.map((stop) => stop()))
    },
  }
}

function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
