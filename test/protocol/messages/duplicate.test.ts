import fc from 'fast-check'
import t from 'tap'
import type { EyeScore } from '../../../protocol/duplicate-rule.ts'
import {
  type DupAnswer,
  type DupCase,
  type DupQuery,
  dupAnswerSchema,
  dupCaseSchema,
  dupQuerySchema,
} from '../../../protocol/messages/duplicate.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { byteString, checkRecord, maybe, uint32 } from '../../kit/records.ts'
import { anyReference } from '../../kit/references.ts'

const queries: fc.Arbitrary<DupQuery> = fc.record({
  references: fc.array(anyReference(), { maxLength: 8 }),
  commitment: byteString(1, 200),
  deadline: uint32(),
  priority: fc.nat(9),
  mode: fc.constantFrom('fast', 'exact'),
})

const coverage = fc
  .tuple(fc.nat(), fc.nat())
  .map(([a, b]) => ({ searched: Math.min(a, b), known: Math.max(a, b) }))

const answers: fc.Arbitrary<DupAnswer> = fc.oneof(
  fc.record({
    verdict: fc.constantFrom('none', 'candidate', 'refused', 'undecided', 'expired'),
    coverage,
    deadline: maybe(uint32()),
  }),
  fc.record({ verdict: fc.constant('later'), coverage, deadline: uint32() }),
)

const scores: fc.Arbitrary<EyeScore> = fc
  .tuple(fc.nat(16_384), fc.nat(16_384))
  .map(([a, b]) => ({ numeratorBits: Math.min(a, b), commonBits: Math.max(a, b) }))

const cases: fc.Arbitrary<DupCase> = fc.record({
  record: byteString(16),
  left: maybe(scores),
  right: maybe(scores),
  deadline: uint32(),
})

t.test('a query keeps what each message owes its reader', async (t) => {
  checkRecord(t, dupQuerySchema, queries)
})

t.test('an answer keeps what each message owes its reader', async (t) => {
  checkRecord(t, dupAnswerSchema, answers)
})

t.test('a case keeps what each message owes its reader', async (t) => {
  checkRecord(t, dupCaseSchema, cases)
})

t.test('an answer carries no score', async (t) => {
  t.same(Object.keys(dupAnswerSchema.fields).sort(), ['coverage', 'deadline', 'verdict'])
})

t.test('an answer that contradicts itself is none', async (t) => {
  const all = { searched: 5, known: 5 }
  const wrong: readonly DupAnswer[] = [
    { verdict: 'later', coverage: all },
    { verdict: 'none', coverage: { searched: 6, known: 5 } },
  ]
  for (const answer of wrong) {
    t.throws(() => encodeRecord(dupAnswerSchema, answer), { code: 'call.schema' })
  }
  t.ok(encodeRecord(dupAnswerSchema, { verdict: 'later', coverage: all, deadline: 9 }))
})

t.test('a score has no more differing bits than bits in common', async (t) => {
  const left = { numeratorBits: 5001, commonBits: 5000 }
  const one = { record: new Uint8Array(16), deadline: 1 }
  t.throws(() => encodeRecord(dupCaseSchema, { ...one, left }), { code: 'call.schema' })
  t.ok(encodeRecord(dupCaseSchema, { ...one, left: { ...left, numeratorBits: 5000 } }))
})
