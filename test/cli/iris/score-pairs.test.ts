import t from 'tap'
import { addCounts, emptyCounts, figuresOf } from '../../../cli/iris/figures.ts'
import { scorePairs } from '../../../cli/iris/score-pairs.ts'
import { concat } from '../../../protocol/bytes.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import { randomTemplate, withFlippedBits } from '../../kit/iris-codes.ts'

const templates = [
  randomTemplate(1),
  withFlippedBits(randomTemplate(1), 200, 5),
  randomTemplate(2),
  randomTemplate(3),
  randomTemplate(3, new Uint32Array(256)),
]
const set = {
  templates: concat(...templates.map(encodeIrisTemplate)),
  eyes: Int32Array.of(0, 0, 1, 2, 2),
}

t.test('each pair is scored once, whoever takes which rows', async (t) => {
  const whole = scorePairs(set, 0, 1)
  const parts = emptyCounts()
  for (const first of [0, 1, 2]) addCounts(parts, scorePairs(set, first, 3))
  t.same(parts, whole)
  t.match(figuresOf(whole), { genuine: 2, impostor: 8 })
  t.equal(whole.genuineWithoutScore, 1, 'a template without usable iris has no score')
  t.equal(whole.impostorWithoutScore, 3)
})
