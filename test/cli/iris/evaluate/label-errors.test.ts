import t from 'tap'
import { labelErrors } from '../../../../cli/iris/evaluate/label-errors.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

const SET = captures('aL', 'aR', 'bL', 'bR', 'cL', 'cL', 'dR')

t.test('two labels of one person are told with the evidence of each eye', async (t) => {
  const alike: Readonly<Record<string, number>> = { '2,0': 256, '3,1': 320, '4,0': 310, '5,0': 300 }
  const found = labelErrors(
    SET,
    tableOf(7, (i, j) => alike[`${i},${j}`] ?? 480),
  )
  t.same(found, [
    {
      subjects: ['a', 'b'],
      evidence: 'both-eyes',
      eyes: [
        { eye: 'left', pairs: 1, least: 0.25, median: 0.25 },
        { eye: 'right', pairs: 1, least: 0.3125, median: 0.3125 },
      ],
    },
    {
      subjects: ['a', 'c'],
      evidence: 'one-eye',
      eyes: [
        { eye: 'left', pairs: 2, least: 0.293, median: 0.3027 },
        { eye: 'right', pairs: 0, least: null, median: null },
      ],
    },
  ])
})

t.test('one bad image makes no label error, nor does the other side', async (t) => {
  const few = (i: number, j: number) => (i === 4 && j === 0 ? 100 : null)
  t.same(
    labelErrors(
      SET,
      tableOf(7, (i, j) => few(i, j) ?? 480),
    ),
    [],
  )
  t.same(
    labelErrors(
      SET,
      tableOf(7, (i, j) => (i === 6 && j === 0 ? 100 : 480)),
    ),
    [],
    'd right, a left',
  )
  t.same(
    labelErrors(
      SET,
      tableOf(7, () => null),
    ),
    [],
  )
})
