import t from 'tap'
import { deriveThresholds } from '../../../../cli/iris/thresholds/derive.ts'
import { modelQuantile } from '../../../../cli/iris/thresholds/impostor-model.ts'
import {
  isTableInForce,
  limitsText,
  spreadOf,
  tableText,
  tailCheck,
} from '../../../../cli/iris/thresholds/text.ts'
import { createRandom } from '../../../../hardware/sim/random.ts'
import { duplicateThresholds } from '../../../../protocol/duplicate-rule.ts'

const MODEL = { freeBits: 2000, spread: 3e-4, rotations: 20 }
const DERIVATION = { falseCandidates: 1e-3, tailShares: [1e-2], replicates: 6, seed: 4 }

/** Every pair of `persons` strangers twice, drawn from the model. */
function measured(persons: number) {
  const random = createRandom(9)
  const draw = () => modelQuantile(MODEL, random.next(), 8192)
  const eyes: [number, number][] = []
  const pairs = Array.from({ length: persons * persons }, (_, i) => {
    const [first, second] = [Math.floor(i / persons), i % persons]
    return { first, second, left: draw(), right: draw() }
  }).filter(({ first, second }) => first !== second)
  for (const { left, right } of pairs) eyes.push([left, right])
  const sorted = (scoreOf: (pair: (typeof pairs)[number]) => number) => ({
    persons,
    pairs: pairs
      .map((pair) => ({
        first: pair.first,
        second: pair.second,
        score: scoreOf(pair),
        commonBits: 8192,
      }))
      .sort((a, b) => a.score - b.score),
  })
  const twoEyes = { ...sorted(({ left, right }) => (left + right) / 2), eyes }
  return { oneEye: sorted(({ left }) => left), twoEyes }
}

const input = measured(60)
const derived = deriveThresholds(input, DERIVATION)

t.test(
  'each row expects at most the false candidates asked for, and is stricter than the one before',
  async (t) => {
    t.equal(derived.rows.length, 6)
    derived.rows.forEach(({ oneEye, bothEyes, expected, candidates }, i) => {
      t.ok(expected.fit <= 1e-3 && expected.fit > 1e-5, `${expected.fit}`)
      t.ok(expected.bound >= expected.fit)
      t.ok(oneEye < bothEyes)
      t.equal(oneEye, Math.min(candidates.oneEye.betaBinomial.fit, candidates.oneEye.tail.fit))
      const before = derived.rows[i - 1]
      if (before) t.ok(oneEye < before.oneEye && bothEyes < before.bothEyes)
    })
    t.equal(derived.rows[0]?.oneEyeShare, 2.5e-7)
    t.equal(derived.rows[5]?.upToPersons, Number.MAX_SAFE_INTEGER)
  },
)

t.test('the same scores and seed give the same table', async (t) => {
  t.same(tableText(deriveThresholds(input, DERIVATION).rows), tableText(derived.rows))
})

t.test('eyes that resemble others make the table stricter', async (t) => {
  const alike = input.oneEye.pairs.map((pair, i) => (i < 12 ? { ...pair, score: 0.36 } : pair))
  const stricter = deriveThresholds(
    { ...input, oneEye: { persons: 60, pairs: alike } },
    { ...DERIVATION, replicates: 1 },
  )
  t.ok((stricter.rows[0]?.oneEye ?? 999) < (derived.rows[0]?.oneEye ?? 0) - 10)
})

t.test('the model is checked against what was observed', async (t) => {
  const check = tailCheck(input.oneEye, derived)
  const row = check.find(({ score }) => score === 0.43)
  t.ok(row && Math.abs(row.observed - row.modelled) < 4 * Math.sqrt(row.modelled + 1))
  t.ok(Math.abs(spreadOf(input.oneEye).mean - 0.4662) < 0.002)
})

t.test('the table is told as it stands in the code, and whether that is in force', async (t) => {
  const inForce = [1e3, 1e4, 1e5, 1e6, 1e7, Number.MAX_SAFE_INTEGER].map(duplicateThresholds)
  t.ok(isTableInForce(inForce))
  const changed = inForce.map((row, i) => (i === 2 ? { ...row, oneEye: row.oneEye + 1 } : row))
  t.notOk(isTableInForce(changed))
  t.equal(
    tableText([
      { upToPersons: 1000, oneEye: 376, bothEyes: 406 },
      { upToPersons: 10_000_000, oneEye: 319, bothEyes: 354 },
      { upToPersons: Number.MAX_SAFE_INTEGER, oneEye: 274, bothEyes: 316 },
    ]),
    [
      '  { upToPersons: 1000, oneEye: 376, bothEyes: 406 },',
      '  { upToPersons: 10_000_000, oneEye: 319, bothEyes: 354 },',
      '  { upToPersons: Number.MAX_SAFE_INTEGER, oneEye: 274, bothEyes: 316 },',
    ].join('\n'),
  )
  const [first, second] = limitsText(derived)
  t.match(first, /down to 2\.8e-4/)
  t.match(second, /up to 1000: needs 2\.5e-7 .* and 5\.0e-7 .*: 3\.1 and 2\.8 powers of ten/)
})
