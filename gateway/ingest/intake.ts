import type { StationPath } from '../../protocol/district.ts'
import type { RefusalReason } from '../../protocol/messages/receipt.ts'
import type { Message } from '../../runtime/transport.ts'
import type { IngestContext } from '../context.ts'
import type { Lane } from '../lane.ts'
import type { Traffic } from '../traffic.ts'
import type { Voice } from '../voice.ts'
import { claimOf, FAULT_REASONS } from './claim.ts'
import { type Reply, type Request, refusal } from './reply.ts'

/** Takes one type of message; `undefined` = there is nothing to say now. */
export type Handler = (sender: StationPath, request: Request) => Promise<Reply | undefined>

/** Where messages come in: whom a topic belongs to, and what is done with each type. */
export type Entrance = {
  /** The station that may publish on this topic, and the type that its last level names. */
  readonly whose: (topic: string) => { readonly station: StationPath; readonly type: string }
  readonly handlers: ReadonlyMap<string, Handler>
  /** Types that are answers: what is wrong with them is counted, and never answered. */
  readonly answers: ReadonlySet<string>
  /** True for a station that this entrance serves. */
  readonly serves: (station: StationPath) => boolean
}

/** What the intake needs of the rest of the gateway. */
export type IntakePorts = {
  readonly lane: Lane
  readonly voice: Voice
  readonly traffic: Traffic
  readonly onHeard: (station: StationPath) => void
  readonly onRefused: (reason: RefusalReason) => void
}

/** Messages that wait; above it they are left to come again, as every sender of ours does it. */
const MAX_WAITING = 1000

/** A listener for one entrance. It never throws on what a peer sends. */
export function createIntake(
  context: IngestContext,
  ports: IntakePorts,
  entrance: Entrance,
): (message: Message) => void {
  const { voice, lane, traffic } = ports

  function refuse(station: StationPath, type: string, reply: Reply, correlation: Uint8Array): void {
    ports.onRefused(reply.refused ?? 'malformed')
    const isAnswer = entrance.answers.has(type)
    if (isAnswer || !entrance.serves(station) || !voice.canReach(station)) return
    voice.answer({ to: station, type: reply.type, body: reply.body, correlation })
  }

  async function take(station: StationPath, type: string, request: Request): Promise<void> {
    const { correlation } = request
    const handle = entrance.handlers.get(type)
    if (handle === undefined) {
      return refuse(station, type, refusal(correlation, 'unknown-type'), correlation)
    }
    const reply = await handle(station, request)
    if (reply === undefined) return
    if (reply.refused !== undefined) return refuse(station, type, reply, correlation)
    voice.answer({ to: station, type: reply.type, body: reply.body, correlation })
  }

  return ({ topic, payload }) => {
    const { station, type } = entrance.whose(topic)
    const opened = context.messenger.open(payload)
    if ('fault' in opened) {
      traffic.received('other', payload.length)
      const claim = claimOf(payload, context.trust.current, context.verify)
      const reason = FAULT_REASONS[opened.fault]
      // Whoever may publish on this topic is told; a stranger's claim to be another is not.
      if (claim?.station !== station) return ports.onRefused(reason)
      return refuse(station, type, refusal(claim.correlation, reason), claim.correlation)
    }
    traffic.received(opened.type, payload.length)
    const { correlation, sender } = opened
    // Every request of ours has one: without it no answer could be tied to it.
    if (correlation === undefined) return ports.onRefused('malformed')
    // The topic is in nobody's signature: whoever carried the message there gets no refusal of it.
    if (sender.station !== station || opened.type !== type) return ports.onRefused('not-ours')
    if (!entrance.serves(station)) {
      return refuse(sender.station, opened.type, refusal(correlation, 'not-ours'), correlation)
    }
    ports.onHeard(station)
    if (lane.length >= MAX_WAITING) return context.log.warn('intake.full', { station, type })
    lane.push(() => take(station, type, { opened, correlation }))
  }
}
