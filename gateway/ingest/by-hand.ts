import type { StationPath } from '../../protocol/district.ts'
import { addresseeOf, type EnvelopeFault } from '../../protocol/envelope.ts'
import { type Mail, readMailbag, writeMailbag } from '../../protocol/mailbag.ts'
import { FINAL_REQUEST } from '../../protocol/messages/final.ts'
import { RECEIPT } from '../../protocol/messages/receipt.ts'
import { DAY_S } from '../../protocol/time.ts'
import type { GatewayContext } from '../context.ts'
import type { Lane } from '../lane.ts'
import { claimOf, FAULT_REASONS } from './claim.ts'
import type { Entrance } from './intake.ts'
import { type Reply, refusal } from './reply.ts'

/** What became of the letters of one mailbag. */
export type HandTally = {
  readonly end: 'whole' | 'cut' | 'damaged'
  readonly letters: number
  /** Records that have a receipt: taken now, or before. */
  readonly receipts: number
  /** Records refused, and why. */
  readonly refused: { readonly [reason: string]: number }
  /** Beyond the day's quota: the same file can come again tomorrow. */
  readonly held: number
  /** Letters to other stations, by station. */
  readonly elsewhere: { readonly [station: string]: number }
  /** Not signed by a kiosk that the trust list knows, or changed on the way: nobody to answer. */
  readonly unknown: number
}

/** Mail that was carried here by hand. */
export type HandDesk = {
  /**
   * Takes a mailbag as if each letter had come over the line, and gives the bytes of a mailbag with
   * all answers, the trust list and the status lists; what it tells of comes as the return value.
   * Throws `bytes.mailbag` before anything is taken where it is none.
   */
  exchange(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, HandTally>
}

/** Answers are read weeks later; the key of a sealed body is kept for as long. */
const ANSWER_TTL_S = 90 * DAY_S
/** Checks of what the same file brought are given so long before its questions are answered. */
const CHECKS_MS = 30_000

type Answer = { readonly to: StationPath; readonly correlation: Uint8Array; readonly reply: Reply }

/** A desk at the entrance of the kiosks. */
export function createHandDesk(
  context: GatewayContext,
  ports: {
    readonly lane: Lane
    readonly entrance: Entrance
    /** The signed status lists as they are now. */
    readonly statusLists: () => readonly Uint8Array[]
  },
): HandDesk {
  const { messenger, trust, verify, timers, activity } = context
  const { lane, entrance } = ports
  const idle = () =>
    new Promise<void>((resolve) => {
      const cancel = timers.after(CHECKS_MS, resolve)
      void activity.idle().then(() => {
        cancel()
        resolve()
      })
    })
  /** In the lane of all that comes in, so that two messages never change the same rows at once. */
  const inTurn = <T>(act: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const stopped = () => reject(context.stopping.reason)
      context.stopping.addEventListener('abort', stopped, { once: true })
      lane.push(() =>
        act()
          .then(resolve, reject)
          .finally(() => context.stopping.removeEventListener('abort', stopped)),
      )
    })

  function refuse(letter: Uint8Array, fault: EnvelopeFault, tally: Tally): Answer | undefined {
    if (fault === 'not-for-us') return tally.elsewhere(addresseeOf(letter) ?? '?')
    const claim = claimOf(letter, trust.current, verify)
    if (claim === undefined || !entrance.serves(claim.station)) return tally.unknown()
    const { station: to, correlation } = claim
    return { to, correlation, reply: refusal(correlation, FAULT_REASONS[fault]) }
  }
  async function take(letter: Uint8Array, tally: Tally): Promise<Answer | undefined> {
    const opened = messenger.open(letter)
    if ('fault' in opened) return refuse(letter, opened.fault, tally)
    const { correlation, type, sender } = opened
    const to = sender.station
    if (correlation === undefined || !entrance.serves(to)) return tally.unknown()
    if (type === FINAL_REQUEST) await idle()
    const handle = entrance.handlers.get(type)
    if (handle === undefined)
      return { to, correlation, reply: refusal(correlation, 'unknown-type') }
    const reply = await inTurn(() => handle(to, { opened, correlation }))
    return reply === undefined ? tally.held() : { to, correlation, reply }
  }
  function letterOf({ to, correlation, reply: { type, body } }: Answer): Mail {
    const bytes = messenger.compose({ type, to, body, correlation, ttlS: ANSWER_TTL_S })
    return { kind: 'letter', bytes }
  }
  return {
    async *exchange(source) {
      const incoming = readMailbag(source)
      let next = await incoming.next()
      const bag = writeMailbag()
      const tally = createTally()
      yield bag.head
      yield bag.piece({ kind: 'trust', bytes: trust.bytes })
      for (; next.done !== true; next = await incoming.next()) {
        if (next.value.kind !== 'letter') continue
        const answer = await take(next.value.bytes, tally)
        if (answer === undefined) continue
        tally.answered(answer.reply)
        yield bag.piece(letterOf(answer))
      }
      for (const bytes of ports.statusLists()) yield bag.piece({ kind: 'status', bytes })
      yield bag.end()
      return { ...tally.counts(), ...next.value, letters: next.value.pieces }
    },
  }
}

type Tally = ReturnType<typeof createTally>

function createTally() {
  const elsewhere = new Map<string, number>()
  const refused = new Map<string, number>()
  const counts = { receipts: 0, held: 0, unknown: 0 }
  const count = (table: Map<string, number>, key: string): undefined => {
    table.set(key, (table.get(key) ?? 0) + 1)
  }
  return {
    elsewhere: (station: string) => count(elsewhere, station),
    held(): undefined {
      counts.held += 1
    },
    unknown(): undefined {
      counts.unknown += 1
    },
    answered({ type, refused: reason }: Reply): void {
      if (reason !== undefined) count(refused, reason)
      else if (type === RECEIPT) counts.receipts += 1
    },
    counts: () => ({
      ...counts,
      refused: Object.fromEntries(refused),
      elsewhere: Object.fromEntries(elsewhere),
    }),
  }
}
