import t from 'tap'
import {
  oneEyePresentations,
  personCount,
  twoEyePresentations,
} from '../../../../cli/iris/evaluate/captures.ts'
import {
  oneEyeTrials,
  ruleErrors,
  singleImageTrials,
  twoEyeTrials,
} from '../../../../cli/iris/evaluate/eye-protocols.ts'
import { SCORE_BINS } from '../../../../cli/iris/evaluate/figures.ts'
import type { Trials } from '../../../../cli/iris/evaluate/trials.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

/** Scores of trials in 1024ths, -1 for none, genuine ones with a plus. */
const told = ({ bins, isGenuine }: Trials) =>
  [...bins].map((bin, i) => {
    const score = bin < 0 ? -1 : (bin * 1024) / SCORE_BINS
    return isGenuine[i] === 1 ? `+${score}` : `${score}`
  })

t.test('single images: an eye is an identity, refused images are left out', async (t) => {
  const set = captures('aL', 'aL-', 'aL', 'aR', 'bL')
  t.equal(personCount(set), 2)
  const table = tableOf(4, (i, j) => 100 * i + j)
  t.same(told(singleImageTrials(set, 2, table)), ['+100', '200', '201', '300', '301', '302'])
})

t.test('two eyes: the mean or the better one of left with left and right with right', async (t) => {
  // Rows 0 aL, 1 aR, 2 aL, 3 aR, 4 bL; b's right eye was refused.
  const set = captures('aL', 'aR', 'aL', 'aR', 'bL', 'bR-')
  const scores: Readonly<Record<string, number | null>> = {
    '2,0': 200,
    '3,1': 300,
    '4,0': 480,
    '4,2': null,
  }
  const table = tableOf(5, (i, j) => scores[`${i},${j}`] ?? (`${i},${j}` in scores ? null : 1000))
  const visits = twoEyePresentations(set, 1)
  t.equal(visits.length, 3)
  t.same(told(twoEyeTrials(visits, 2, table, 'mean')), ['+250', '480', '-1'])
  t.same(told(twoEyeTrials(visits, 2, table, 'either')), ['+200', '480', '-1'])
  t.same(told(twoEyeTrials(visits, 2, table, 'both')), ['+250'], 'one eye alone is no mean')
  const [row] = ruleErrors(visits, table, [1000])
  t.match(row, { genuine: 1, impostor: 2, missed: 0, false_candidates: 0, up_to_persons: 1000 })
  const worse = tableOf(5, (i, j) => (i === 4 ? 100 : i - j > 1 ? 500 : 500))
  t.match(ruleErrors(visits, worse, [1000]), [{ missed: 1, false_candidates: 2 }])
})

t.test(
  'visits are the k-th images of both eyes under one label, or what the index names',
  async (t) => {
    const rows = (presentations: ReturnType<typeof twoEyePresentations>) =>
      presentations.map(({ eyes }) => [...eyes.values()].flat())
    t.same(rows(twoEyePresentations(captures('aL', 'aL', 'aR', 'aR', 'aL'), 1)), [
      [0, 2],
      [1, 3],
    ])
    const named = captures('aL', 'aL', 'aR', 'aR').map((capture, i) => ({
      ...capture,
      visit: ['mon', 'tue', 'tue', 'wed'][i],
    }))
    t.same(rows(twoEyePresentations(named, 1)), [[1, 2]])
    const merged = captures('aL', 'bR').map((capture) => ({ ...capture, person: 0 }))
    t.same(twoEyePresentations(merged, 1), [], 'two labels of one person were not one visit')
  },
)

t.test('several frames make one template, scored by the best two', async (t) => {
  const set = captures('aL', 'aL', 'aL-', 'aL', 'aL', 'bL', 'bL')
  const blocks = oneEyePresentations(set, 2)
  t.same(
    blocks.map(({ eyes }) => [...eyes.values()].flat()),
    [[0, 1], [2], [4, 5]],
    'a refused frame costs itself, a rest of one is left out',
  )
  const table = tableOf(6, (i, j) => (i === 2 && j === 0 ? 300 : i === 2 ? 150 : 400 + i + j))
  t.same(told(oneEyeTrials(blocks, 2, table)), ['+150', '404', '406'])
})
