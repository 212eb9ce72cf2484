import fc from 'fast-check'
import t from 'tap'
import {
  type TapCounts,
  type TapOutcome,
  tapCountsSchema,
} from '../../../protocol/messages/tap-counts.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { checkRecord, uint32 } from '../../kit/records.ts'

const OUTCOMES: readonly TapOutcome[] = ['go', 'stop', 'again', 'one-card-please']

const counts: fc.Arbitrary<TapCounts> = fc
  .tuple(uint32(), uint32(), fc.subarray([...OUTCOMES]), uint32())
  .map(([a, b, outcomes, count]) => ({
    from: Math.min(a, b),
    until: Math.max(a, b),
    rows: outcomes.map((outcome) => ({ outcome, count })),
  }))

t.test('counts keep what each message owes its reader', async (t) => {
  checkRecord(t, tapCountsSchema, counts)
})

t.test('there is no place in them for who was where', async (t) => {
  t.same(Object.keys(tapCountsSchema.fields).sort(), ['from', 'rows', 'until'])
})

t.test('a period goes forward and counts each outcome once', async (t) => {
  const go = { outcome: 'go', count: 1 } as const
  t.ok(encodeRecord(tapCountsSchema, { from: 5, until: 5, rows: [go] }))
  t.throws(() => encodeRecord(tapCountsSchema, { from: 6, until: 5, rows: [] }), {
    code: 'call.schema',
  })
  t.throws(() => encodeRecord(tapCountsSchema, { from: 5, until: 5, rows: [go, go] }), {
    code: 'call.schema',
  })
})
