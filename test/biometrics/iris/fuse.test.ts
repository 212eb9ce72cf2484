import t from 'tap'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import { fuseIris } from '../../../biometrics/iris/fuse.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../../protocol/iris-template.ts'
import { randomTemplate, seededWords } from '../../kit/iris-codes.ts'

/** A capture of an eye: one bit in sixteen wrong, an eighth of the places masked, turned. */
function capture(eye: IrisTemplate, seed: number, turn = 0): IrisTemplate {
  const next = seededWords(seed)
  const { re, im, mask } = eye.planes()
  const noisy = (plane: Uint32Array) =>
    plane.map((_, column) => {
      const word = plane[(column - turn) & (IRIS_PLANE_WORDS - 1)] ?? 0
      return word ^ (next() & next() & next() & next())
    })
  const holes = mask.map(() => ~(next() & next() & next()))
  return new IrisTemplate({ re: noisy(re), im: noisy(im), mask: holes })
}

function fractionOf(a: IrisTemplate, b: IrisTemplate): number {
  const comparison = compareIris(a, b)
  if (comparison.outcome === 'could-not-compare') return 1
  return comparison.score.numeratorBits / comparison.score.commonBits
}

const eye = randomTemplate(1)

t.test('the vote of five frames is nearer to the eye than any of them', async (t) => {
  const frames = [0, 3, -2, 0, 5].map((turn, i) => capture(eye, 10 + i, turn))
  const fused = fuseIris(frames)
  if (fused === undefined) throw new Error('nothing fused')
  t.same(fused.members, [0, 1, 2, 3, 4])
  const fractions = frames.map((frame) => fractionOf(eye, frame))
  t.ok(fractionOf(eye, fused.template) < 0.4 * Math.min(...fractions))
  t.ok(fused.template.usablePositions > Math.max(...frames.map((f) => f.usablePositions)))
})

t.test('a stranger among the frames has no vote, even as the first', async (t) => {
  const frames = [randomTemplate(2), ...[20, 21, 22].map((seed) => capture(eye, seed))]
  const fused = fuseIris(frames)
  t.same(fused?.members, [1, 2, 3])
  t.ok(fused && fractionOf(eye, fused.template) < 0.06)
  t.ok(fused && fractionOf(randomTemplate(2), fused.template) > 0.4)
})

t.test('fewer than three that agree are no vote: one of them is taken as it is', async (t) => {
  const frames = [randomTemplate(2), capture(eye, 30), capture(eye, 31)]
  t.equal(fuseIris(frames)?.template, frames[1])
  t.equal(fuseIris(frames.slice(0, 1))?.template, frames[0])
  t.equal(fuseIris(frames.slice(0, 2))?.template, frames[0], 'none agree: the best')
  t.equal(fuseIris([]), undefined)
})

t.test('where frames are at odds the place is masked', async (t) => {
  const { re, im, mask } = eye.planes()
  const flipped = new IrisTemplate({ re: re.map((word) => word ^ 1), im, mask })
  const fused = fuseIris([eye, flipped, eye, flipped])
  t.ok(fused?.template.planes().mask.every((word) => word === 0xff_ff_ff_fe))
  const outvoted = fuseIris([eye, flipped, eye])
  t.same(outvoted?.template.planes(), eye.planes(), 'two against one decide')
})
