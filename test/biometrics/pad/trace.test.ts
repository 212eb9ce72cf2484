import fc from 'fast-check'
import t from 'tap'
import { cleanTrace, median } from '../../../biometrics/pad/trace.ts'

const steady = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ atMs: 40 * i, radiusPx: 40 + Math.sin(i / 9) }))

t.test('a pupil that changes as pupils do is kept whole', async (t) => {
  const trace = steady(60)
  t.same(cleanTrace(trace), trace)
  // A constriction of a third within 400 ms.
  const closing = trace.map((sample, i) => ({
    ...sample,
    radiusPx: 40 - 13 * Math.min(1, Math.max(0, (i - 20) / 10)),
  }))
  t.same(cleanTrace(closing).length, closing.length)
})

t.test('what a blink leaves behind is dropped', async (t) => {
  const blink = steady(60).map((sample, i) =>
    i === 30 || i === 31 ? { ...sample, radiusPx: 25 } : sample,
  )
  t.same(
    cleanTrace(blink).map(({ atMs }) => atMs / 40),
    steady(60)
      .map((_, i) => i)
      .filter((i) => i !== 30 && i !== 31),
  )
})

t.test('samples come in order of time, each time once, and numbers only', async (t) => {
  const messy = [
    ...steady(20).toReversed(),
    { atMs: 80, radiusPx: 41 },
    { atMs: Number.NaN, radiusPx: 40 },
    { atMs: 10, radiusPx: Number.POSITIVE_INFINITY },
    { atMs: 11, radiusPx: -3 },
  ]
  t.same(
    cleanTrace(messy).map(({ atMs }) => atMs),
    steady(20).map(({ atMs }) => atMs),
  )
  t.same(cleanTrace([{ atMs: 0, radiusPx: 40 }]), [], 'one sample alone says nothing')
  t.same(cleanTrace([]), [])
})

t.test('whatever comes in, the result is ordered and made of it', async () => {
  const sample = fc.record({ atMs: fc.double(), radiusPx: fc.double() })
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      const clean = cleanTrace(samples)
      return clean.every(
        (each, i) => samples.includes(each) && (i === 0 || each.atMs > (clean[i - 1]?.atMs ?? 0)),
      )
    }),
  )
})

t.test('the middle of numbers', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.ok(Number.isNaN(median([])))
})
