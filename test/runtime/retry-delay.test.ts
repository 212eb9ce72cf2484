import fc from 'fast-check'
import t from 'tap'
import { retryDelayMs } from '../../runtime/retry-delay.ts'

const BOUNDS = { retryMinMs: 1000, retryMaxMs: 300_000 }

t.test('the ceiling doubles from attempt to attempt up to the maximum', async (t) => {
  const ceilings = [0, 1, 2, 7, 8, 60, Number.POSITIVE_INFINITY].map((attempt) =>
    retryDelayMs(attempt, BOUNDS, () => 1),
  )
  t.same(ceilings, [2000, 4000, 8000, 256_000, 300_000, 300_000, 300_000])
})

t.test('no wait leaves its bounds, and random spreads it over all of them', async (t) => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, x) => {
      const delayMs = retryDelayMs(attempt, BOUNDS, () => x)
      return delayMs >= 1000 && delayMs <= 300_000
    }),
  )
  t.equal(
    retryDelayMs(20, BOUNDS, () => 0),
    1000,
  )
  t.equal(
    retryDelayMs(20, BOUNDS, () => 0.5),
    150_500,
  )
  t.equal(
    retryDelayMs(3, { retryMinMs: 50, retryMaxMs: 10 }, () => 1),
    50,
    'never below the minimum',
  )
})
