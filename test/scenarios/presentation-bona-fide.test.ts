import t from 'tap'
import { withClockJitter, withDroppedFrames } from '../../hardware/orb/eye-renderer/attacks.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { sittingOf } from '../kit/eye-videos.ts'

/** Sittings of persons of 18 to 87 years; 60 in the full run, whose comments docs/pad.md quotes. */
const SITTINGS = process.env['PERSONHOOD_TEST_FULL'] ? 60 : 2
const FIRST = 100

t.setTimeout(1_800_000)

/** Outcome and reason, and how often. */
type Counts = { [outcome: string]: number }

const living: Counts = {}
const disturbed: Counts = {}
const withoutReflex: Counts = {}

const renderer = createEyeRenderer()
for (let seed = FIRST; seed < FIRST + SITTINGS; seed++) {
  const { film, assess, reflex } = sittingOf(renderer, seed)
  const count = (counts: Counts, frames: Parameters<typeof assess>[0]): void => {
    const { outcome, reason } = assess(frames).overall
    const key = `${outcome} (${reason})`
    counts[key] = (counts[key] ?? 0) + 1
  }
  const live = film()
  count(living, live)
  count(disturbed, withClockJitter(withDroppedFrames(live, 0.15, seed), 8, seed))
  count(withoutReflex, film({ reflex: { ...reflex, depth: 0 } }))
}

function outcomesOf(counts: Counts): readonly string[] {
  return [...new Set(Object.keys(counts).map((key) => key.split(' ')[0] ?? ''))].sort()
}

t.test('a person of any age who answers is bona fide', async (t) => {
  t.comment(`living, ${SITTINGS} sittings: ${JSON.stringify(living)}`)
  t.same(outcomesOf(living), ['bona-fide'])
})

t.test('with frames lost and a clock that jitters nobody is suspect', async (t) => {
  t.comment(`15 % of frames lost, clock ±8 ms, ${SITTINGS} sittings: ${JSON.stringify(disturbed)}`)
  t.notOk(outcomesOf(disturbed).includes('suspect'))
  t.notOk(outcomesOf(disturbed).includes('exception'))
  t.ok((disturbed['bona-fide (all-checks)'] ?? 0) >= 0.9 * SITTINGS)
})

t.test('who has no reflex goes the exception route, never the other', async (t) => {
  t.comment(`no reflex, ${SITTINGS} sittings: ${JSON.stringify(withoutReflex)}`)
  t.same(outcomesOf(withoutReflex), ['exception'])
})
