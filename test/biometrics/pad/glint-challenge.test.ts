import t from 'tap'
import { assessGlints, type GlintFrame } from '../../../biometrics/pad/glint-challenge.ts'
import { createRandom } from '../../../hardware/sim/random.ts'

const PUPIL = { x: 160, y: 120, radius: 35 }
const glint = (x: number) => ({ x, y: 112, areaPx: 40 })
const LEFT = glint(148)
const RIGHT = glint(168)
const GLINTS = [[], [LEFT], [RIGHT], [LEFT, RIGHT]] as const

/** Frames asked at random; `shows` says which lamps each one shows. */
function frames(count: number, shows: (asked: number, i: number) => GlintFrame['glints']) {
  const random = createRandom(count)
  return Array.from({ length: count }, (_, i) => {
    const asked = 1 + random.int(3)
    return { asked, pupil: PUPIL, glints: shows(asked, i) }
  })
}

t.test('glints as they were asked for are bona fide', async (t) => {
  const result = assessGlints(frames(60, (asked) => GLINTS[asked] ?? []))
  t.match(result, { outcome: 'bona-fide', reason: 'glints-as-asked', method: 'corneal-glints' })
  t.same(result.measures, {
    framesCount: 60,
    patternsAskedCount: 3,
    agreementPercent: 100,
    moreThanLampsPercent: 0,
    spacingPx: 20,
  })
})

t.test('the flash bit does not matter to the infrared lamps', async (t) => {
  const lit = frames(60, (asked) => GLINTS[asked] ?? []).map((frame) => ({
    ...frame,
    asked: frame.asked | 4,
  }))
  t.equal(assessGlints(lit).outcome, 'bona-fide')
})

t.test('a blink in some frames is forgiven', async (t) => {
  const blinking = frames(60, (asked, i) => (i % 10 === 0 ? [] : (GLINTS[asked] ?? [])))
  t.equal(assessGlints(blinking).outcome, 'bona-fide')
})

t.test('glints of a picture, of swapped lamps, of another time, or none are suspect', async (t) => {
  const random = createRandom(9)
  const wrong = {
    picture: () => GLINTS[3],
    swapped: (asked: number) => GLINTS[[0, 2, 1, 3][asked] ?? 0] ?? [],
    'at random': () => GLINTS[1 + random.int(3)] ?? [],
    none: () => [],
  }
  for (const [name, shows] of Object.entries(wrong)) {
    t.match(
      assessGlints(frames(60, shows)),
      { outcome: 'suspect', reason: 'glints-not-as-asked' },
      name,
    )
  }
})

t.test('an order of two lamps only is told without a frame that shows both', async (t) => {
  const onlySides = frames(60, (asked) => GLINTS[asked] ?? []).filter(({ asked }) => asked !== 3)
  t.equal(assessGlints(onlySides).outcome, 'bona-fide')
})

t.test('glasses add reflections: undecided, not suspect', async (t) => {
  const glasses = frames(60, (asked) => [...(GLINTS[asked] ?? []), glint(175), glint(130)])
  t.match(assessGlints(glasses), { outcome: 'undecided', reason: 'glints-too-many' })
})

t.test('too few frames, one pattern, or a middling agreement are undecided', async (t) => {
  t.equal(assessGlints([]).outcome, 'undecided')
  t.equal(assessGlints(frames(20, (asked) => GLINTS[asked] ?? [])).outcome, 'undecided')
  const one = frames(60, () => GLINTS[3]).map((frame) => ({ ...frame, asked: 3 }))
  t.equal(assessGlints(one).reason, 'glints-unseen')
  const middling = frames(60, (asked, i) => (i % 9 < 2 ? [] : (GLINTS[asked] ?? [])))
  t.match(assessGlints(middling), { outcome: 'undecided', reason: 'glints-unclear' })
})
