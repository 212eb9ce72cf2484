import fc from 'fast-check'
import t from 'tap'
import { nthLeast } from '../../../biometrics/iris/order-statistics.ts'

t.test('each place holds what sorting would put there', async () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  })
  fc.assert(
    fc.property(values, fc.nat(), (list, place) => {
      const n = place % list.length
      // Sorting puts -0 before 0, which compare alike.
      return nthLeast(Float64Array.from(list), n) === Float64Array.from(list).sort()[n]
    }),
    { numRuns: 500 },
  )
})

t.test('orders that are hard on a pivot come to an end', async (t) => {
  const count = 5000
  for (const level of [
    () => 3,
    (i: number) => i,
    (i: number) => count - i,
    (i: number) => i & 1,
    (i: number) => Math.abs(i - count / 2),
  ]) {
    const values = Float32Array.from({ length: count }, (_, i) => level(i))
    const expected = values.toSorted()[1234]
    t.equal(nthLeast(values, 1234), expected)
  }
})

t.test('past the end there is nothing', async (t) => {
  t.equal(nthLeast(new Float64Array(), 0), undefined)
  t.equal(nthLeast(Float64Array.of(1, 2), 2), undefined)
})
