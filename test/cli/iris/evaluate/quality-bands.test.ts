import t from 'tap'
import { SCORE_BINS } from '../../../../cli/iris/evaluate/figures.ts'
import { qualityBands, thresholdAt } from '../../../../cli/iris/evaluate/quality-bands.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

t.test('a pair belongs to the band of its worse image', async (t) => {
  const set = captures('aL90', 'aL30', 'aL100', 'bL85')
  const scores: Readonly<Record<string, number | null>> = { '1,0': 400, '2,1': null, '3,2': 330 }
  const table = tableOf(4, (i, j) => {
    const score = scores[`${i},${j}`]
    return score === undefined ? (j === 0 && i === 2 ? 200 : 480) : score
  })
  const bands = qualityBands(set, table, 340 / 1024)
  t.same(bands[1], { least: 20, most: 40, images: 1, genuine: 2, impostor: 1, fnmr: 1, fmr: 0 })
  t.same(bands[4], { least: 80, most: 100, images: 3, genuine: 1, impostor: 2, fnmr: 0, fmr: 0.5 })
  t.same(bands[0], {
    least: 0,
    most: 20,
    images: 0,
    genuine: 0,
    impostor: 0,
    fnmr: null,
    fmr: null,
  })
})

t.test(
  'a threshold keeps its share of false matches, pairs without a score included',
  async (t) => {
    const impostor = new Float64Array(SCORE_BINS + 1)
    impostor[1000] = 1
    impostor[2000] = 1
    impostor[3000] = 997
    const at = (most: number) => Math.floor(thresholdAt(impostor, 1, most) * SCORE_BINS)
    t.equal(at(1e-3), 1999, 'one of 1,000 may match, the second may not')
    t.equal(at(5e-4), 999)
    t.equal(thresholdAt(impostor, 1, 1), 1)
  },
)
