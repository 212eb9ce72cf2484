import fc from 'fast-check'
import t from 'tap'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import type { EyeComparison, EyeScore } from '../../../protocol/duplicate-rule.ts'
import type { IrisTemplate } from '../../../protocol/iris-template.ts'
import {
  randomPlane,
  randomTemplate,
  seededWords,
  turned,
  withFlippedBits,
  withMask,
} from '../../kit/iris-codes.ts'

/** The definition, bit by bit, with nothing clever in it. */
function compareByDefinition(a: IrisTemplate, b: IrisTemplate): EyeComparison {
  let best: EyeComparison = { outcome: 'could-not-compare' }
  for (const shiftColumns of [...Array(33).keys()].map((i) => i - 16)) {
    const score = scoreByDefinition(a, b, shiftColumns)
    if (score.commonBits < 4096) continue
    if (best.outcome === 'compared' && !isBetter(score, shiftColumns, best)) continue
    best = { outcome: 'compared', score, shiftColumns }
  }
  return best
}

function isBetter(score: EyeScore, shift: number, best: EyeComparison): boolean {
  if (best.outcome !== 'compared') return true
  const gain =
    score.numeratorBits * best.score.commonBits - best.score.numeratorBits * score.commonBits
  return gain < 0 || (gain === 0 && Math.abs(shift) < Math.abs(best.shiftColumns))
}

function scoreByDefinition(a: IrisTemplate, b: IrisTemplate, shift: number): EyeScore {
  const [p, q] = [a.planes(), b.planes()]
  const isSet = (plane: Uint32Array, place: number, turn: number) =>
    (((plane[((place >>> 5) + turn + 256) % 256] ?? 0) >>> (place & 31)) & 1) === 1
  const differs = (part: 're' | 'im', place: number) =>
    isSet(p[part], place, 0) !== isSet(q[part], place, shift) ? 1 : 0
  const common = [...Array(8192).keys()].filter(
    (place) => isSet(p.mask, place, 0) && isSet(q.mask, place, shift),
  )
  const numeratorBits = common.reduce((n, at) => n + differs('re', at) + differs('im', at), 0)
  return { numeratorBits, commonBits: 2 * common.length }
}

t.test('a template is at no distance from itself', async (t) => {
  const template = randomTemplate(1)
  t.same(compareIris(template, template), {
    outcome: 'compared',
    score: { numeratorBits: 0, commonBits: 16_384 },
    shiftColumns: 0,
  })
})

t.test('a turned head is found within 16 columns and not beyond', async (t) => {
  const template = randomTemplate(2)
  for (const shift of [-16, -3, 5, 16]) {
    const comparison = compareIris(template, turned(template, shift))
    t.match(comparison, { outcome: 'compared', score: { numeratorBits: 0 } })
    t.equal(comparison.outcome === 'compared' && comparison.shiftColumns, -shift)
  }
  const beyond = compareIris(template, turned(template, 17))
  t.ok(beyond.outcome === 'compared' && beyond.score.numeratorBits > 7000)
})

t.test('the fast count is the definition, with masks, noise and rotation', async (t) => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat(),
      fc.integer({ min: -20, max: 20 }),
      fc.nat(500),
      (s, u, shift, noise) => {
        const next = seededWords(s + 1)
        // Half, a quarter or three quarters of the positions usable.
        const thin = randomPlane(next)
        const mask = [thin, thin.map((w) => w & next()), thin.map((w) => w | next())][s % 3]
        const a = randomTemplate(s, mask)
        const b = withMask(
          withFlippedBits(turned(randomTemplate(s), shift), noise, u),
          randomPlane(next),
        )
        t.same(compareIris(a, b), compareByDefinition(a, b))
      },
    ),
    { numRuns: 12 },
  )
})

t.test('full lanes do not overflow: opposite codes differ in every bit', async (t) => {
  const template = randomTemplate(4)
  const opposite = withFlippedBits(template, 1000, 1)
  const comparison = compareIris(template, opposite)
  t.same(comparison, compareByDefinition(template, opposite))
})

t.test('the score is the same in both directions and the shift turns round', async (t) => {
  const [a, b] = [randomTemplate(8), withFlippedBits(turned(randomTemplate(8), 4), 300, 2)]
  const [there, back] = [compareIris(a, b), compareIris(b, a)]
  t.ok(there.outcome === 'compared' && back.outcome === 'compared')
  if (there.outcome !== 'compared' || back.outcome !== 'compared') return
  t.same(there.score, back.score)
  t.equal(there.shiftColumns, -back.shiftColumns)
})

t.test('too little iris in common is no score, even where all of it agrees', async (t) => {
  const mask = new Uint32Array(256).fill(0xff) // 8 rows: 2,048 positions, 4,096 code bits
  const template = randomTemplate(5, mask)
  t.match(compareIris(template, template), { outcome: 'compared', score: { commonBits: 4096 } })
  const thinner = mask.slice()
  thinner[100] = 0x7f
  t.same(compareIris(template, withMask(template, thinner)), { outcome: 'could-not-compare' })
  const nothing = randomTemplate(5, new Uint32Array(256))
  t.same(compareIris(nothing, nothing), { outcome: 'could-not-compare' })
})
