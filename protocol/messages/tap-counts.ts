import { checked, code, field, list, record, type Schema, uint } from '../schema.ts'
import type { UnixSeconds } from '../time.ts'

/** Message type: counts of a kiosk's taps, through the outbox. */
export const TAP_COUNTS = 'tap-counts'

/** The four outcomes of a tap. */
export type TapOutcome = 'go' | 'stop' | 'again' | 'one-card-please'

/** Taps of one outcome in the period. */
export type TapCount = { readonly outcome: TapOutcome; readonly count: number }

/**
 * How many taps of each outcome a kiosk saw in a period. There is no credential identifier in it,
 * and no time of a single tap: it cannot tell who was where (docs/decisions/0005).
 */
export type TapCounts = {
  readonly from: UnixSeconds
  readonly until: UnixSeconds
  readonly rows: readonly TapCount[]
}

const rowSchema: Schema<TapCount> = record<TapCount>('tap-count', {
  outcome: field(1, code<TapOutcome>({ go: 0, stop: 1, again: 2, 'one-card-please': 3 })),
  count: field(2, uint(0xff_ff_ff_ff)),
})

/** The table of a count's fields. */
export const tapCountsSchema: Schema<TapCounts> = checked(
  record<TapCounts>('tap-counts', {
    from: field(1, uint(0xff_ff_ff_ff)),
    until: field(2, uint(0xff_ff_ff_ff)),
    rows: field(3, list(rowSchema, 4)),
  }),
  ({ from, until, rows }) => {
    if (until < from) return 'a period that ends before it begins'
    const outcomes = new Set(rows.map(({ outcome }) => outcome)).size
    return outcomes === rows.length ? undefined : 'an outcome counted twice'
  },
)
