import t from 'tap'
import {
  assessPresentation,
  flashesOf,
  type UnaskedReflex,
} from '../../../biometrics/pad/assess.ts'
import { createChallenge, FLASH_LIT } from '../../../biometrics/pad/challenge.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import {
  planFrames,
  renderVideo,
  type VideoFrame,
} from '../../../hardware/orb/eye-renderer/video.ts'
import { challengeOf, sittingOf } from '../../kit/eye-videos.ts'

t.setTimeout(290_000)

const sitting = sittingOf(createEyeRenderer(), 1)
const live = sitting.film()
const unmoved = sitting.film({ reflex: { ...sitting.reflex, depth: 0 } })

t.test('a living eye that answers is bona fide, by four checks', async (t) => {
  const { overall, checks } = sitting.assess(live)
  t.match(overall, { outcome: 'bona-fide', reason: 'all-checks', method: 'challenge-response' })
  t.same(
    checks.map(({ method, outcome }) => [method, outcome]),
    [
      ['pupil-light-reflex', 'bona-fide'],
      ['corneal-glints', 'bona-fide'],
      ['print-half-tone', 'bona-fide'],
      ['static-or-replayed', 'bona-fide'],
    ],
  )
  t.equal(overall.measures['framesCount'], sitting.plan.length)
})

t.test('frames may come in any order', async (t) => {
  t.same(sitting.assess(unmoved.toReversed()), sitting.assess(unmoved))
})

t.test('frames of another challenge are suspect, however alive', async (t) => {
  const { overall } = assessPresentation(challengeOf('another one'), live)
  t.match(overall, { outcome: 'suspect', reason: 'frames-not-of-this-challenge' })
  t.ok((overall.measures['framesForeignCount'] ?? 0) > 0)
  const beyond = [...live.slice(1), { ...(live[0] as VideoFrame), segment: 7 }]
  t.equal(sitting.assess(beyond).overall.reason, 'frames-not-of-this-challenge')
})

t.test('what is put in between for a few frames does not stand for the eye', (t) => {
  // As good as the others, but nothing is reflected in it: a picture of another eye.
  const picture = sitting.film({ person: 9, litInstead: () => 0 })
  const isPicture = (i: number) => i % 11 === 5
  const mixed = live.map((frame, i) => (isPicture(i) ? (picture[i] ?? frame) : frame))
  const { overall, answering } = sitting.assess(mixed)
  t.equal(overall.outcome, 'bona-fide', 'the verdict bears with a few')
  t.notOk(answering.some((frame) => picture.includes(frame as VideoFrame)))
  t.ok(answering.length > 0.7 * live.length, `${answering.length} of ${live.length}`)
  t.end()
})

t.test('too few frames are undecided', async (t) => {
  t.match(sitting.assess([]).overall, { outcome: 'undecided', reason: 'frames-missing' })
  const start = live.filter(({ segment }) => segment < 2)
  t.match(sitting.assess(start).overall, { outcome: 'undecided', reason: 'frames-missing' })
})

t.test('no reflex in an eye that is there otherwise is an exception', async (t) => {
  const { overall, checks } = sitting.assess(unmoved)
  t.match(overall, { outcome: 'exception', reason: 'reflex-absent' })
  t.equal(checks[0]?.outcome, 'suspect', 'on its own it would be')
})

t.test('no reflex where the rest was not seen either is undecided', async (t) => {
  const few = unmoved.filter((_, i) => i % 6 === 0)
  t.equal(sitting.assess(few).overall.outcome, 'undecided')
})

t.test(
  'without flashes the other checks count, and the record says why there were none',
  async (t) => {
    const seed = Uint8Array.from({ length: 32 }, (_, i) => 7 * i)
    const challenge = createChallenge(seed, 'without-flashes')
    const plan = planFrames(challenge.segments)
    const { reflex } = sitting
    const film = renderVideo(createEyeRenderer(), plan, { person: 1, eye: 'left', seed: 1, reflex })
    const said = (why?: UnaskedReflex) => assessPresentation(challenge, film, why)
    t.match(said().overall, { outcome: 'bona-fide', reason: 'all-but-reflex' })
    t.match(said().checks[0], { outcome: 'undecided', reason: 'reflex-no-lamp', measures: {} })
    t.match(said('declined').overall, { outcome: 'exception', reason: 'reflex-declined' })
    t.match(said('interrupted').overall, { outcome: 'undecided', reason: 'reflex-interrupted' })
    const swapped = renderVideo(createEyeRenderer(), plan, {
      ...{ person: 1, eye: 'left', seed: 1, reflex },
      litInstead: ({ illumination }) => [0, 2, 1, 3][illumination & 3] ?? 0,
    })
    for (const why of ['no-lamp', 'declined', 'interrupted'] as const) {
      const { overall } = assessPresentation(challenge, swapped, why)
      t.match(overall, { outcome: 'suspect', reason: 'glints-not-as-asked' }, why)
    }
    t.match(
      assessPresentation(challenge, film.slice(0, 20), 'declined').overall,
      { outcome: 'undecided', reason: 'frames-missing' },
      'a choice is no way round the rest',
    )
  },
)

t.test('the flashes are those that the frames tell of', async (t) => {
  const frame = (atMs: number, illumination: number) => ({
    ...(live[0] as VideoFrame),
    atMs,
    illumination,
  })
  t.same(flashesOf([frame(0, 1), frame(40, 1 | FLASH_LIT), frame(80, FLASH_LIT), frame(120, 3)]), [
    { onMs: 40, offMs: 120 },
  ])
  t.same(flashesOf([frame(0, 1)]), [])
  t.equal(flashesOf(live).length, 2)
})

t.test('a camera whose light is as it is never makes an eye bona fide', async (t) => {
  const seed = Uint8Array.from({ length: 32 }, (_, i) => 5 * i)
  const challenge = createChallenge(seed, 'as-it-is')
  const plan = planFrames(challenge.segments)
  const video = {
    person: 1,
    eye: 'left',
    seed: 1,
    reflex: sitting.reflex,
    litInstead: () => 0b11,
  } as const
  const film = renderVideo(createEyeRenderer(), plan, video)
  for (const why of ['no-lamp', 'interrupted'] as const) {
    const { overall, checks, answering } = assessPresentation(challenge, film, why)
    t.match(overall, { outcome: 'exception', reason: 'no-lights' })
    const [reflex, glints, ...others] = checks
    t.match(reflex, { outcome: 'undecided', reason: 'reflex-no-lights', measures: {} })
    t.match(glints, { outcome: 'undecided', reason: 'glints-no-lights', measures: {} })
    t.same(
      others.map(({ outcome }) => outcome),
      ['bona-fide', 'bona-fide'],
    )
    t.ok(answering.length > 0.8 * film.length, 'the frames in which the pupil was followed')
  }
  const lost = assessPresentation(challenge, film.slice(0, 20)).overall
  t.match(lost, { outcome: 'undecided', reason: 'frames-missing' })
  const statue = renderVideo(createEyeRenderer(), plan, { ...video, movement: 0 })
  t.equal(assessPresentation(challenge, statue).overall.outcome, 'suspect')
})
