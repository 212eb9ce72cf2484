import t from 'tap'
import { pupilCourse, sampleReflex } from '../../../../hardware/orb/eye-renderer/pupil-dynamics.ts'

const REFLEX = {
  restRatio: 0.4,
  latencyMs: 250,
  depth: 0.4,
  closingMs: 140,
  openingMs: 800,
  unrest: 0,
}

t.test(
  'nothing happens before the latency is over, then the pupil closes and opens again',
  async (t) => {
    const ratioAt = pupilCourse(REFLEX, [{ onMs: 1000, offMs: 1200 }], 6000, 1)
    for (const ms of [-500, 0, 999, 1248]) t.equal(ratioAt(ms), 0.4)
    t.ok(ratioAt(1300) < 0.4)
    t.ok(ratioAt(1700) < 0.36)
    t.ok(ratioAt(2500) > ratioAt(1700))
    t.ok(Math.abs(ratioAt(6000) - 0.4) < 0.005)
    t.equal(ratioAt(99_999), ratioAt(6000))
  },
)

t.test('light that stays on takes the whole depth', async (t) => {
  const ratioAt = pupilCourse(REFLEX, [{ onMs: 0, offMs: 9000 }], 5000, 1)
  t.ok(Math.abs(ratioAt(5000) - 0.4 * 0.6) < 0.001)
})

t.test('pupils of the old are smaller, slower and weaker', async (t) => {
  const mean = (age: number, of: 'restRatio' | 'latencyMs' | 'depth') =>
    Array.from({ length: 200 }, (_, seed) => sampleReflex(seed, age)[of]).reduce((a, b) => a + b) /
    200
  t.ok(mean(20, 'restRatio') > mean(80, 'restRatio') + 0.1)
  t.ok(mean(80, 'latencyMs') > mean(20, 'latencyMs') + 30)
  t.ok(mean(20, 'depth') > mean(80, 'depth'))
  t.same(sampleReflex(3, 40), sampleReflex(3, 40))
})

t.test('an unrested pupil wavers, the same for the same seed', async (t) => {
  const course = (seed: number) => pupilCourse({ ...REFLEX, unrest: 0.01 }, [], 3000, seed)
  const values = Array.from({ length: 60 }, (_, i) => course(1)(50 * i))
  t.ok(Math.max(...values) - Math.min(...values) > 0.002)
  t.equal(course(1)(777), course(1)(777))
  t.not(course(1)(777), course(2)(777))
})
