import fc from 'fast-check'
import t from 'tap'
import { between, findConstrictions } from '../../../biometrics/pad/constriction.ts'
import { pupilCourse } from '../../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { createRandom } from '../../../hardware/sim/random.ts'

const REFLEX = {
  restRatio: 0.42,
  latencyMs: 250,
  depth: 0.4,
  closingMs: 140,
  openingMs: 800,
  unrest: 0.004,
}

/** Radii of a pupil, iris radius 90 px, at 25 frames a second for 4 s, with noise of the tracker. */
function traceOf(changes: Partial<typeof REFLEX>, onsetsMs: readonly number[], seed: number) {
  const pulses = onsetsMs.map((onMs) => ({ onMs, offMs: onMs + 160 }))
  const radiusAt = pupilCourse({ ...REFLEX, ...changes }, pulses, 4200, seed)
  const random = createRandom(seed)
  return Array.from({ length: 100 }, (_, i) => ({
    atMs: 40 * i,
    radiusPx: 90 * radiusAt(40 * i) + 0.15 * random.normal(),
  }))
}

t.test('each flash of light makes one constriction, about a latency later', async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    const found = findConstrictions(traceOf({}, [700, 2200], seed), 0.04)
    t.equal(found.length, 2, `seed ${seed}`)
    const latencies = found.map(({ onsetMs }, i) => onsetMs - (i === 0 ? 700 : 2200))
    // A pupil that starts slowly is seen later than it starts.
    t.ok(
      latencies.every((ms) => ms > 230 && ms < 380),
      `seed ${seed}: ${latencies}`,
    )
    t.ok(found.every(({ amplitude }) => amplitude > 0.15 && amplitude < 0.35))
    t.ok(found.every(({ speedPerS }) => speedPerS > 0.5 && speedPerS < 3))
    t.ok((found[0]?.recovery ?? 0) > 0.3)
  }
})

t.test('a pupil without a reflex has no constriction, however it wavers', async (t) => {
  for (let seed = 0; seed < 60; seed++) {
    t.same(findConstrictions(traceOf({ depth: 0, unrest: 0.01 }, [700], seed), 0.04), [])
  }
})

t.test('frames that are missing or late change little', async (t) => {
  for (let seed = 0; seed < 30; seed++) {
    const random = createRandom(seed, 2)
    const whole = traceOf({}, [1000], seed)
    const torn = whole
      .filter(() => random.next() > 0.25)
      .map(({ atMs, radiusPx }) => ({ atMs: atMs + 6 * random.normal(), radiusPx }))
    const [before, after] = [findConstrictions(whole, 0.04), findConstrictions(torn, 0.04)]
    t.equal(after.length, 1, `seed ${seed}`)
    t.ok(Math.abs((after[0]?.onsetMs ?? 0) - (before[0]?.onsetMs ?? 0)) <= 80, `seed ${seed}`)
  }
})

t.test('size and start of the clock do not matter', async () => {
  fc.assert(
    fc.property(fc.double({ min: 0.3, max: 12, noNaN: true }), fc.nat(1e9), (size, startMs) => {
      const trace = traceOf({}, [1000], 5)
      const other = trace.map(({ atMs, radiusPx }) => ({
        atMs: atMs + startMs,
        radiusPx: radiusPx * size,
      }))
      const [a, b] = [findConstrictions(trace, 0.04)[0], findConstrictions(other, 0.04)[0]]
      if (a === undefined || b === undefined) return false
      return (
        Math.abs(a.amplitude - b.amplitude) < 1e-9 && Math.abs(b.onsetMs - startMs - a.onsetMs) < 21
      )
    }),
    { numRuns: 40 },
  )
})

t.test('a pupil that only opens makes no constriction', async (t) => {
  const opening = Array.from({ length: 100 }, (_, i) => ({
    atMs: 40 * i,
    radiusPx: 30 + 12 * (1 - Math.exp(-i / 25)),
  }))
  t.same(findConstrictions(opening, 0.04), [])
})

t.test('any trace at all is answered within bounds', async (t) => {
  const sample = fc.record({
    atMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    radiusPx: fc.double({ min: 0.1, max: 1e4, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
      const trace = samples.toSorted((a, b) => a.atMs - b.atMs)
      return findConstrictions(trace, 0.04).every(
        ({ amplitude, explained, onsetMs }) =>
          amplitude >= 0.04 && amplitude < 1 && explained <= 1 + 1e-9 && Number.isFinite(onsetMs),
      )
    }),
    { numRuns: 60 },
  )
  t.same(findConstrictions([], 0.04), [])
})

t.test('samples between two times include both', async (t) => {
  const trace = [10, 20, 30].map((atMs) => ({ atMs, radiusPx: 1 }))
  t.same(
    between(trace, 10, 20).map(({ atMs }) => atMs),
    [10, 20],
  )
})
