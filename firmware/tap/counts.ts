import {
  TAP_COUNTS,
  type TapCounts,
  type TapOutcome,
  tapCountsSchema,
} from '../../protocol/messages/tap-counts.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Store } from '../../runtime/store.ts'
import { createTurns } from '../in-turn.ts'
import type { Outbox } from '../relay/outbox.ts'

/** Counts of taps by outcome, an hour at a time; nothing in them tells whose card it was. */
export type TapCounter = {
  /** Counts one tap, durably. */
  add(outcome: TapOutcome): Promise<void>
  /** Moves a period that is over into the outbox. */
  flush(): Promise<void>
}

/** Length of a period: long enough that no count is one person's. */
export const TAP_PERIOD_S = 3600

const TABLE = 'tap-counts'
const KEY = 'current'

/** Opens the counter of a store. */
export async function openTapCounter(options: {
  readonly store: Store
  readonly outbox: Outbox
  readonly nowUnix: () => UnixSeconds
  readonly random: (lengthBytes: number) => Uint8Array
}): Promise<TapCounter> {
  const { store, outbox, nowUnix, random } = options
  const inTurn = createTurns()
  const stored = await store.get(TABLE, KEY)
  let current = stored && decodeRecord(tapCountsSchema, stored)

  async function flush(): Promise<void> {
    if (current === undefined || nowUnix() < current.until) return
    const body = encodeRecord(tapCountsSchema, current)
    const { write, admit } = outbox.row(random(16), { type: TAP_COUNTS, isSealed: false, body })
    await store.commit({ writes: [write, { table: TABLE, key: KEY, value: undefined }] })
    current = undefined
    admit()
  }
  return {
    add: (outcome) =>
      inTurn(async () => {
        await flush()
        const next = counted(current ?? periodAt(nowUnix()), outcome)
        const value = encodeRecord(tapCountsSchema, next)
        await store.commit({ writes: [{ table: TABLE, key: KEY, value }] })
        current = next
      }),
    flush: () => inTurn(flush),
  }
}

function periodAt(now: UnixSeconds): TapCounts {
  const from = now - (now % TAP_PERIOD_S)
  return { from, until: from + TAP_PERIOD_S, rows: [] }
}

function counted({ from, until, rows }: TapCounts, outcome: TapOutcome): TapCounts {
  const before = rows.find((row) => row.outcome === outcome)?.count ?? 0
  const others = rows.filter((row) => row.outcome !== outcome)
  return { from, until, rows: [...others, { outcome, count: before + 1 }] }
}
