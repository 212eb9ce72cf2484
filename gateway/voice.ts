import { type DistrictPath, districtOf, type StationPath } from '../protocol/district.ts'
import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import { DAY_S } from '../protocol/time.ts'
import { gatewayInbox, kioskDown } from '../protocol/topics.ts'
import type { Log } from '../runtime/log.ts'
import type { Messenger } from '../runtime/messenger.ts'
import type { Transport } from '../runtime/transport.ts'
import type { Activity } from './activity.ts'
import type { Traffic } from './traffic.ts'

/** One message of the gateway to one station. */
export type Letter = {
  readonly to: StationPath
  readonly type: string
  readonly body: Uint8Array
  readonly correlation?: Uint8Array | undefined
  readonly isSealed?: boolean
}

/** How the gateway speaks to its kiosks and peers. */
export type Voice = {
  /** Signs and publishes; rejects with `link.*` or `call.no-recipient-key`. */
  send(letter: Letter): Promise<void>
  /** The same for an answer, which whoever asked asks for again: a line that is down is no error. */
  answer(letter: Letter): void
  /** True where the gateway has a way to this station. */
  canReach(station: StationPath): boolean
}

const KIOSK_TTL_S = DAY_S
const PEER_TTL_S = 3600
const PUBLISH_MS = 30_000
/** Answers that wait for a slow broker; above it whoever asked has to ask again. */
const MAX_PENDING_ANSWERS = 1000

/** The voice on the own broker and on those of the peers. */
export function createVoice(options: {
  readonly district: DistrictPath
  readonly messenger: Messenger
  readonly own: Transport
  readonly peers: ReadonlyMap<DistrictPath, Transport>
  readonly traffic: Traffic
  readonly activity: Activity
  readonly log: Log
  readonly onError: (error: unknown) => void
}): Voice {
  const { district, messenger, own, peers, traffic, activity, log, onError } = options
  let pending = 0

  function wayTo({ to, type }: Letter): { transport: Transport | undefined; topic: string } {
    const kiosk = to.startsWith(`${district}/`) ? to.slice(district.length + 1) : undefined
    if (kiosk !== undefined) return { transport: own, topic: kioskDown(district, kiosk, type) }
    const peer = districtOf(to)
    return { transport: peers.get(peer), topic: gatewayInbox(peer, district, type) }
  }

  async function send(letter: Letter): Promise<void> {
    const { transport, topic } = wayTo(letter)
    if (transport === undefined) {
      throw new PersonhoodError('link.no-way', `the configuration names no broker of ${letter.to}`)
    }
    const ttlS = letter.to.includes('/') ? KIOSK_TTL_S : PEER_TTL_S
    const bytes = messenger.compose({ ...letter, ttlS })
    traffic.sent(letter.type, bytes.length)
    const end = activity.begin()
    try {
      await transport.publish(topic, bytes, { signal: AbortSignal.timeout(PUBLISH_MS) })
    } finally {
      end()
    }
  }

  return {
    send,
    answer(letter) {
      if (pending >= MAX_PENDING_ANSWERS) return log.warn('answer.unsent', { type: letter.type })
      pending += 1
      send(letter)
        .catch((error: unknown) => {
          if (!hasCode(error, 'link')) return onError(error)
          log.warn('answer.unsent', { type: letter.type, why: error.message })
        })
        .finally(() => {
          pending -= 1
        })
    },
    canReach: (station) => station.startsWith(`${district}/`) || peers.has(districtOf(station)),
  }
}
