import fc from 'fast-check'
import t from 'tap'
import { type Check, type CheckRules, nextStep } from '../../../gateway/check/check.ts'
import type { AskRow, AskVerdict } from '../../../gateway/records/rows.ts'
import { type DistrictPath, parseDistrictPath } from '../../../protocol/district.ts'
import { DAY_S } from '../../../protocol/time.ts'

const [HOME, NEAR, CITY, FAR] = ['n.p.c.a', 'n.p.c.b', 'n.p.d.a', 'n.q.e.a'].map(
  parseDistrictPath,
) as [DistrictPath, DistrictPath, DistrictPath, DistrictPath]
const WHOLE = { searched: 3, known: 3 }
const RULES: CheckRules = {
  home: HOME,
  known: [HOME, NEAR, CITY, FAR],
  now: 1000,
  answerDays: 7,
  maxAssurance: 5,
}

function check(said: Partial<Record<string, AskVerdict>>, changes: Partial<Check> = {}): Check {
  const asks = new Map<DistrictPath, AskRow>()
  for (const [peer, verdict] of Object.entries(said)) {
    asks.set(peer as DistrictPath, { verdict: verdict ?? 'open', coverage: WHOLE })
  }
  return { started: 1000, own: { verdict: 'none', coverage: WHOLE }, asks, ...changes }
}

t.test('the own gallery comes first, then every district that was not asked', async (t) => {
  t.same(nextStep(check({}, { own: undefined }), RULES), { name: 'search' })
  t.same(nextStep(check({}), RULES), { name: 'ask', peers: [NEAR, CITY, FAR] })
  t.same(nextStep(check({ [NEAR]: 'none' }), RULES), { name: 'ask', peers: [CITY, FAR] })
})

t.test(
  'all none is the nation; a district alone in its nation is the nation as well',
  async (t) => {
    const all = check({ [NEAR]: 'none', [CITY]: 'none', [FAR]: 'none' })
    t.same(nextStep(all, RULES), {
      name: 'final',
      assurance: 5,
      coverage: { asked: 4, known: 4, searched: 12 },
    })
    t.match(nextStep(check({}), { ...RULES, known: [HOME] }), { name: 'final', assurance: 5 })
  },
)

t.test(
  'the delegation caps the assurance, and a key that is not valid signs nothing',
  async (t) => {
    const all = check({ [NEAR]: 'none', [CITY]: 'none', [FAR]: 'none' })
    t.match(nextStep(all, { ...RULES, maxAssurance: 3 }), { name: 'final', assurance: 3 })
    t.same(nextStep(all, { ...RULES, maxAssurance: 0 }), { name: 'wait' })
  },
)

t.test('whoever has not said anything that lasts is waited for, seven days long', async (t) => {
  for (const verdict of ['open', 'refused', 'expired'] as const) {
    const open = check({ [NEAR]: 'none', [CITY]: 'none', [FAR]: verdict })
    t.same(nextStep(open, { ...RULES, now: 1000 + 7 * DAY_S - 1 }), { name: 'wait' }, verdict)
    t.same(nextStep(open, { ...RULES, now: 1000 + 7 * DAY_S }), {
      name: 'final',
      assurance: 4,
      coverage: { asked: 3, known: 4, searched: 9 },
    })
  }
})

t.test('undecided over a whole gallery lasts, over a part of it it does not', async (t) => {
  const said = (searched: number) => {
    const asks = new Map(check({ [NEAR]: 'none', [CITY]: 'none' }).asks)
    return check(
      {},
      { asks: asks.set(FAR, { verdict: 'undecided', coverage: { searched, known: 9 } }) },
    )
  }
  t.same(nextStep(said(8), RULES), { name: 'wait' })
  t.match(nextStep(said(9), RULES), { name: 'final', assurance: 4 })
})

t.test(
  'a person in question stays provisional, whatever the others say and however long',
  async (t) => {
    const disputed = check({ [NEAR]: 'none', [CITY]: 'none', [FAR]: 'none' }, { disputedUntil: 5 })
    t.same(nextStep(disputed, { ...RULES, now: 1000 + 400 * DAY_S }), { name: 'wait' })
  },
)

t.test(
  'where the own gallery could not say, the credential stays at the kiosk’s assurance',
  async (t) => {
    const own = { verdict: 'undecided', coverage: WHOLE } as const
    const all = check({ [NEAR]: 'none', [CITY]: 'none', [FAR]: 'none' }, { own })
    t.match(nextStep(all, RULES), { name: 'final', assurance: 1 })
  },
)

t.test(
  'no order of answers makes a final of a candidate, or counts who did not say none',
  async () => {
    const verdict = fc.constantFrom<AskVerdict>(
      'open',
      'none',
      'candidate',
      'undecided',
      'refused',
      'expired',
    )
    const said = fc.record({ [NEAR]: verdict, [CITY]: verdict, [FAR]: verdict })
    fc.assert(
      fc.property(said, fc.integer({ min: 0, max: 30 }), (answers, days) => {
        const isCandidate = Object.values(answers).includes('candidate')
        const disputedUntil = isCandidate ? 5 : undefined
        const step = nextStep(check(answers, { disputedUntil }), {
          ...RULES,
          now: 1000 + days * DAY_S,
        })
        if (isCandidate) return step.name === 'wait'
        const nones = Object.values(answers).filter((one) => one === 'none').length
        if (step.name !== 'final') return step.name === 'wait' && days < 7 && nones < 3
        return step.coverage.asked === nones + 1 && (step.assurance < 5 || nones === 3)
      }),
    )
  },
)
