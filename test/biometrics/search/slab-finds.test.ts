import t from 'tap'
import { newTally } from '../../../biometrics/search/exhaustive.ts'
import { addFinds, shiftFinds, withoutRows } from '../../../biometrics/search/slab-finds.ts'

const finds = {
  scored: [3, 100, 8192, 0, 0, 5, 0, 0, 200, 9000],
  open: [4, 7],
  likely: [6],
}

t.test('finds of a slab are moved to where its rows are, scores stay', (t) => {
  t.same(shiftFinds(finds, 1024), {
    scored: [1027, 100, 8192, 0, 0, 1029, 0, 0, 200, 9000],
    open: [1028, 1031],
    likely: [1030],
  })
  t.end()
})

t.test('rows that are named are left out whole', (t) => {
  const isIn = (row: number) => [3, 7, 6, 100].includes(row)
  t.same(withoutRows(finds, isIn), { scored: [5, 0, 0, 200, 9000], open: [4], likely: [] })
  t.same(
    withoutRows(finds, () => false),
    finds,
  )
  t.end()
})

t.test('the rule decides on the scores of each row, and rows of nobody are passed over', (t) => {
  const tally = newTally()
  const known = { scored: [...finds.scored, 8, 100, 8192, 0, 0, 9, 0, 0, 0, 0], open: [4, 7, 8] }
  addFinds(tally, known, (row) => (row === 8 ? undefined : `h${row}`), 1000)
  t.same(
    tally.candidates.map(({ handle, scores }) => [handle, scores]),
    [
      ['h3', { left: { numeratorBits: 100, commonBits: 8192 }, right: undefined }],
      ['h5', { left: undefined, right: { numeratorBits: 200, commonBits: 9000 } }],
    ],
  )
  // No score at all leaves a person open, as being listed so does.
  t.same(tally.undecided, ['h9', 'h4', 'h7'])
  t.end()
})
