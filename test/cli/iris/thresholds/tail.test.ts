import t from 'tap'
import { fitTail, tailQuantile, tailShareAt } from '../../../../cli/iris/thresholds/tail.ts'

/** Pairs at even shares of a tail below .42 that falls by e each .005; the rest lies above. */
const PAIRS = Array.from({ length: 100_000 }, (_, i) => ({
  first: i % 2,
  second: 2,
  score: i < 1000 ? 0.42 + 0.005 * Math.log((i + 0.5) / 1000) : 0.42 + i * 1e-7,
  commonBits: 8000,
}))

t.test('an exponential tail is found, and its quantiles lie on it', async (t) => {
  const tail = fitTail(PAIRS, 0.01)
  t.ok(Math.abs(tail.scale / 0.005 - 1) < 0.02, `${tail.scale}`)
  t.ok(Math.abs(tail.share - 0.01) < 1e-4)
  t.ok(Math.abs(tail.shape) < 0.06, `${tail.shape}`)
  t.equal(tail.pairs, 1000)
  // Nine powers of e below a share of 1 in 100.
  t.ok(Math.abs(tailQuantile(tail, 0.01 * Math.exp(-9)) - 0.375) < 2e-3)
  t.ok(Math.abs(tailShareAt(tail, tailQuantile(tail, 1e-8)) / 1e-8 - 1) < 1e-9)
  t.equal(tailShareAt(tail, 0.9), tail.share, 'above its start a tail says no more than its share')
})

t.test('a bounded tail shows by its shape, and weights count', async (t) => {
  const bounded = PAIRS.map((pair, i) => (i < 1000 ? { ...pair, score: 0.4 + 2e-5 * i } : pair))
  t.ok(Math.abs(fitTail(bounded, 0.01).shape + 1) < 0.05, 'evenly spread: shape -1')
  const half = fitTail(PAIRS, 0.01, ({ first }) => first)
  t.ok(Math.abs(half.scale / 0.005 - 1) < 0.02)
  t.equal(half.pairs, 500)
})
