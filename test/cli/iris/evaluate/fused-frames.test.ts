import t from 'tap'
import { compareIris } from '../../../../biometrics/iris/compare.ts'
import { oneEyePresentations } from '../../../../cli/iris/evaluate/captures.ts'
import { fuseFrames } from '../../../../cli/iris/evaluate/fused-frames.ts'
import { concat, equalBytes } from '../../../../protocol/bytes.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  type IrisTemplate,
} from '../../../../protocol/iris-template.ts'
import { randomTemplate, withFlippedBits } from '../../../kit/iris-codes.ts'
import { captures } from '../../../kit/score-tables.ts'

const scoreOf = (a: IrisTemplate, b: IrisTemplate): number => {
  const comparison = compareIris(a, b)
  if (comparison.outcome !== 'compared') return 1
  return comparison.score.numeratorBits / comparison.score.commonBits
}

t.test('three frames vote, so that their template is nearer to the eye than any of them', (t) => {
  const eye = randomTemplate(1)
  const frames = [1, 2, 3].map((seed) => withFlippedBits(eye, 80, seed))
  const set = captures('aL', 'aL', 'aL')
  const templates = concat(...frames.map(encodeIrisTemplate))
  const fused = fuseFrames(oneEyePresentations(set, 3), { captures: set, templates })
  t.match(fused.presentations, [{ person: 0, eyes: new Map([['left', [0]]]) }])
  const [bytes] = fused.templates
  const score = bytes ? scoreOf(eye, decodeIrisTemplate(bytes)) : 1
  const least = Math.min(...frames.map((frame) => scoreOf(eye, frame)))
  t.ok(score < 0.7 * least, `${score} of ${least}`)
  t.end()
})

t.test('two frames are too few for a vote: the better image stands', (t) => {
  const eye = randomTemplate(1)
  const frames = [1, 2].map((seed) => withFlippedBits(eye, 30, seed))
  const set = captures('aL20', 'aL80', 'bL-', 'bL-')
  const templates = concat(...frames.map(encodeIrisTemplate))
  const fused = fuseFrames(oneEyePresentations(set, 2), { captures: set, templates })
  t.equal(fused.templates.length, 1)
  t.ok(equalBytes(fused.templates[0] as Uint8Array, encodeIrisTemplate(frames[1] as IrisTemplate)))
  t.match(fused.presentations[1], { person: 1, eyes: new Map([['left', []]]) })
  t.end()
})
