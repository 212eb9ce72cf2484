import { hasCode } from '../protocol/errors.ts'
import { signStatusList } from '../protocol/status-list.ts'
import { MAX_CLOCK_SKEW_S, type UnixSeconds } from '../protocol/time.ts'
import { gatewayPublic } from '../protocol/topics.ts'
import { deflate, inflate } from '../runtime/crypto.ts'
import type { Transport } from '../runtime/transport.ts'
import { type GatewayContext, now } from './context.ts'
import type { Leases } from './records/leases.ts'
import type { Statuses } from './records/statuses.ts'

/** What was last published of a list. */
export type Published = {
  readonly issued: UnixSeconds
  readonly ttlS: number
  readonly bytes: number
  readonly version: number
}

/** Publishes what everyone may read, retained: the trust list and the status lists. */
export type Publisher = {
  readonly published: ReadonlyMap<number, Published>
  /** Something changed: it goes out with all else that changes in the next moment. */
  changed(): void
  /** Publishes all of it again: a broker may have forgotten. */
  all(): void
  /** Publishes again what a verifier would soon call stale, and a newer trust list. */
  refresh(): void
  /** All status lists, signed now, for who reads them elsewhere than on the broker. */
  signedLists(): readonly Uint8Array[]
  stop(): void
}

const COALESCE_MS = 500
const PUBLISH_MS = 30_000

/** A publisher on the own broker. */
export function createPublisher(
  context: GatewayContext,
  ports: {
    readonly transport: Transport
    readonly statuses: Statuses
    readonly leases: Leases
    readonly onPublished: () => void
    readonly onError: (error: unknown) => void
  },
): Publisher {
  const { transport, statuses, leases } = ports
  const { district, policy, station, timers, activity, log, trust } = context
  const ttlS = policy.statusTtlHours * 3600
  const published = new Map<number, Published>()
  const lastIssued = new Map<number, UnixSeconds>()
  let trustVersion = 0
  let stopTimer: (() => void) | undefined
  let endActivity: (() => void) | undefined
  let isStopped = false

  function publish(what: string, bytes: Uint8Array, onDone: () => void): void {
    const end = activity.begin()
    const signal = AbortSignal.timeout(PUBLISH_MS)
    transport
      .publish(gatewayPublic(district, what), bytes, { retain: true, signal })
      .then(onDone)
      .catch((error: unknown) => {
        if (!hasCode(error, 'link')) return ports.onError(error)
        log.warn('publish.unsent', { what, why: error.message })
      })
      .finally(end)
  }

  /** Ahead of our clock, which was put back since: readers do not take it. */
  const isAhead = (issued: UnixSeconds) => issued > now(context) + MAX_CLOCK_SKEW_S

  /** Later than the last time: of two lists of one second readers would keep the first. */
  function issueTime(list: number): UnixSeconds {
    const last = lastIssued.get(list)
    const issued = now(context)
    const time = last === undefined || isAhead(last) ? issued : Math.max(issued, last + 1)
    lastIssued.set(list, time)
    return time
  }

  function signedList(list: number, issued: UnixSeconds): Uint8Array {
    const bits = statuses.bits(list)
    const signer = station.signer('final')
    return signStatusList({ district, list, issued, ttlS, bits }, signer, { deflate, inflate })
  }

  function publishList(list: number): void {
    const issued = issueTime(list)
    const version = statuses.version(list)
    const token = signedList(list, issued)
    publish(`status/${list}/full`, token, () => {
      published.set(list, { issued, ttlS, bytes: token.length, version })
      ports.onPublished()
    })
  }

  function publishTrust(): void {
    const { version } = trust.current
    publish('trust', trust.bytes, () => {
      trustVersion = version
    })
  }

  /** Half of its time is left to whoever fetches it just before the next one. */
  function isDue(list: number): boolean {
    const last = published.get(list)
    if (last === undefined || last.version !== statuses.version(list)) return true
    return isAhead(last.issued) || now(context) >= last.issued + ttlS / 2
  }

  function refresh(): void {
    if (isStopped || !transport.isConnected) return
    if (trust.current.version !== trustVersion) publishTrust()
    for (const list of leases.lists.keys()) if (isDue(list)) publishList(list)
  }

  return {
    published,
    changed() {
      if (isStopped || stopTimer !== undefined) return
      endActivity = activity.begin()
      stopTimer = timers.after(COALESCE_MS, () => {
        stopTimer = undefined
        refresh()
        endActivity?.()
      })
    },
    all() {
      trustVersion = 0
      published.clear()
      refresh()
    },
    refresh,
    signedLists: () => [...leases.lists.keys()].map((list) => signedList(list, issueTime(list))),
    stop() {
      isStopped = true
      stopTimer?.()
      endActivity?.()
    },
  }
}
