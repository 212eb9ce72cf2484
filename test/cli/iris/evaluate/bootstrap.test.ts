import t from 'tap'
import { bootstrapIntervals, intervalOf } from '../../../../cli/iris/evaluate/bootstrap.ts'
import { figuresOf } from '../../../../cli/iris/evaluate/figures.ts'
import { countTrials, listTrials, type Trials } from '../../../../cli/iris/evaluate/trials.ts'

/** `persons` persons, four genuine trials each, all at .45 for the first `bad` of them, else .2. */
function trialsOf(persons: number, bad: number): Trials {
  const list = listTrials(persons, 4 * persons + persons * persons)
  for (let a = 0; a < persons; a++) {
    for (let k = 0; k < 4; k++) list.add(a, a, true, a < bad ? 0.45 : 0.2)
    for (let b = 0; b < a; b++) list.add(a, b, false, 0.4)
  }
  return list.done()
}

t.test(
  'persons are drawn, not pairs: the interval is as wide as 100 persons make it',
  async (t) => {
    const trials = trialsOf(100, 10)
    t.equal(figuresOf(countTrials(trials)).fnmr_at_zero_fm?.toFixed(6), '0.100000')
    const intervals = bootstrapIntervals(trials, { replicates: 400, seed: 7 })
    const [low, high] = intervals.fnmr_at_zero_fm ?? [0, 0]
    // Binomial of 100 persons at 10 %: 4.1 % to 15.9 %; of 400 pairs it would be 7.1 % to 12.9 %.
    t.ok(Math.abs(low - 0.041) < 0.02, `${low}`)
    t.ok(Math.abs(high - 0.159) < 0.02, `${high}`)
    t.same(bootstrapIntervals(trials, { replicates: 400, seed: 7 }), intervals, 'seeded')
    t.equal(intervals.fnmr_at_1e4, null, '4,950 pairs say nothing about 1e-4')
    const band = intervals.det.find(({ fmr }) => fmr === 1e-3)
    t.same([band?.low, band?.high], [low, high])
  },
)

t.test('no error seen is a bound by persons, not a proof', async (t) => {
  const intervals = bootstrapIntervals(trialsOf(59, 0), { replicates: 50, seed: 1 })
  t.same(intervals.eer, [0, 0])
  t.equal(intervals.persons, 59)
  t.equal(intervals.bound_if_none.toFixed(4), '0.0495', 'the rule of three: about 3 in 59')
})

t.test('too few resamples give no interval; percentiles are nearest ranks', async (t) => {
  t.equal(bootstrapIntervals(trialsOf(3, 0), { replicates: 0, seed: 1 }).eer, null)
  t.same(intervalOf(Array.from({ length: 200 }, (_, i) => 200 - i)), [5, 195])
})

t.test(
  'a pair of strangers weighs the product of their draws, a pair of one person its own',
  async (t) => {
    const list = listTrials(3, 3)
    list.add(0, 0, true, 0.1)
    list.add(1, 0, false, 0.4)
    list.add(2, 1, false, Number.NaN)
    const counts = countTrials(list.done(), Float64Array.of(2, 3, 0))
    t.equal(
      counts.genuine.reduce((a, b) => a + b),
      2,
    )
    t.equal(
      counts.impostor.reduce((a, b) => a + b),
      6,
    )
    t.equal(counts.impostorWithoutScore, 0, 'nobody drew person 2')
  },
)
