import t from 'tap'
import {
  assessReflex,
  findReflex,
  LEAST_LATENCY_MS,
  MOST_LATENCY_MS,
} from '../../../biometrics/pad/reflex.ts'
import { pupilCourse, sampleReflex } from '../../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { planFrames, pulsesOf } from '../../../hardware/orb/eye-renderer/video.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import { challengeOf } from '../../kit/eye-videos.ts'

/** Pupils for each question; 200 in the full run, whose comments docs/pad.md quotes. */
const SEEDS = process.env['PERSONHOOD_TEST_FULL'] ? 200 : 40

t.setTimeout(290_000)

function ageOf(seed: number): number {
  return 18 + ((seed * 7) % 70)
}

/** A pupil's course at the frames of challenge `name`, by default in answer to its own flashes. */
function traceOf(
  seed: number,
  { depth, shiftMs = 0, other }: { depth?: number; shiftMs?: number; other?: string } = {},
) {
  const plan = planFrames(challengeOf(`trace ${seed}`).segments)
  const flashes = pulsesOf(plan)
  const lit = other === undefined ? flashes : pulsesOf(planFrames(challengeOf(other).segments))
  const drawn = sampleReflex(seed, ageOf(seed))
  const pulses = lit.map(({ onMs, offMs }) => ({ onMs: onMs + shiftMs, offMs: offMs + shiftMs }))
  const radiusAt = pupilCourse({ ...drawn, depth: depth ?? drawn.depth }, pulses, 9000, seed)
  const random = createRandom(seed, 77)
  const samples = plan.map(({ atMs }) => ({
    atMs,
    radiusPx: 90 * radiusAt(atMs) * (1 + 0.003 * random.normal()),
  }))
  return { samples, flashes }
}

/** How often each finding comes out over all seeds. */
function tally(options: (seed: number) => Parameters<typeof traceOf>[1]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let seed = 0; seed < SEEDS; seed++) {
    const { samples, flashes } = traceOf(seed, options(seed))
    const { finding } = findReflex(samples, flashes)
    counts[finding] = (counts[finding] ?? 0) + 1
  }
  return counts
}

t.test('the reflex of any age and pupil is usual', async (t) => {
  t.same(
    tally(() => ({})),
    { usual: SEEDS },
  )
  const lags = Array.from({ length: SEEDS }, (_, seed) => {
    const { samples, flashes } = traceOf(seed)
    const latencyMs = findReflex(samples, flashes).measures['latencyMs'] ?? 0
    return latencyMs - sampleReflex(seed, ageOf(seed)).latencyMs
  })
  const [least, most] = [Math.min(...lags), Math.max(...lags)]
  t.comment(`latency told after the model's own: ${least.toFixed(0)} to ${most.toFixed(0)} ms`)
  t.ok(least > 0 && most < 150)
})

t.test('no reflex is absent, and nothing worse', async (t) => {
  t.same(
    tally(() => ({ depth: 0 })),
    { absent: SEEDS },
  )
})

t.test('a weak reflex is unusual or absent, never held against the person', async (t) => {
  const { unusual = 0, absent = 0, usual = 0, unseen = 0 } = tally(() => ({ depth: 0.07 }))
  t.equal(unusual + absent + usual + unseen, SEEDS)
  t.ok(unusual + absent > SEEDS / 2)
})

t.test('a pupil that closes before the light comes foresaw it', async (t) => {
  const { foreseen = 0, ...others } = tally(() => ({ shiftMs: -350 }))
  t.same(others, {})
  t.equal(foreseen, SEEDS)
})

t.test('a recording of another challenge rarely fits by its times alone', async (t) => {
  const found = tally((seed) => ({ other: `old ${seed}` }))
  const { foreseen = 0, 'not-to-this-challenge': elsewhere = 0 } = found
  t.comment(`answers to another challenge: ${JSON.stringify(found)} of ${SEEDS}`)
  t.ok(foreseen + elsewhere >= 0.85 * SEEDS)
})

t.test('the measures have their units and lie in the windows', async (t) => {
  const { samples, flashes } = traceOf(3)
  const { outcome, reason, method, measures } = assessReflex(samples, flashes)
  t.same([outcome, reason, method], ['bona-fide', 'reflex-usual', 'pupil-light-reflex'])
  t.same([measures['flashCount'], measures['flashesAnsweredCount']], [2, 2])
  const latencyMs = measures['latencyMs'] ?? 0
  t.ok(latencyMs > LEAST_LATENCY_MS && latencyMs < MOST_LATENCY_MS)
  for (const name of ['amplitudePercent', 'constrictionPercentPerS', 'recoveryIn1sPercent']) {
    t.ok((measures[name] ?? 0) > 5, name)
  }
})

t.test('what was not seen is undecided', async (t) => {
  const { samples, flashes } = traceOf(4)
  t.equal(assessReflex(samples, []).outcome, 'undecided')
  t.equal(assessReflex([], flashes).outcome, 'undecided')
  const hidden = samples.filter(({ atMs }) =>
    flashes.every(({ onMs }) => atMs < onMs + 100 || atMs > onMs + 900),
  )
  t.equal(assessReflex(hidden, flashes).outcome, 'undecided', 'eyes shut at each flash')
})

t.test('one flash hidden by a blink leaves the other one to tell', async (t) => {
  const { samples, flashes } = traceOf(5)
  const [first] = flashes
  const kept = samples.filter(
    ({ atMs }) => atMs < (first?.onMs ?? 0) + 100 || atMs > (first?.onMs ?? 0) + 900,
  )
  const { outcome, measures } = assessReflex(kept, flashes)
  t.equal(outcome, 'bona-fide')
  t.equal(measures['flashesSeenCount'], 1)
})

t.test('no reflex at all is suspect on its own, and a weak one an exception', async (t) => {
  const none = traceOf(6, { depth: 0 })
  t.match(assessReflex(none.samples, none.flashes), { outcome: 'suspect', reason: 'reflex-absent' })
  const weak = traceOf(7, { depth: 0.085 })
  t.equal(assessReflex(weak.samples, weak.flashes).outcome, 'exception')
})

t.test('a constriction that only one flash gave is unusual', async (t) => {
  const { samples, flashes } = traceOf(8)
  const late = [...flashes.slice(0, 1), { onMs: 600_000, offMs: 600_100 }]
  t.equal(findReflex(samples, late).measures['flashesSeenCount'], 1)
  const flat = samples.map((sample) =>
    sample.atMs > (flashes[1]?.onMs ?? 0) - 300 ? { ...sample, radiusPx: 40 } : sample,
  )
  t.equal(findReflex(flat, flashes).finding, 'unusual')
})
