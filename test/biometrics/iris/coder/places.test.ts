import t from 'tap'
import { NEIGHBOURS } from '../../../../biometrics/iris/coder/places.ts'

t.test('no position is foretold from one that comes after it in its own scale', async (t) => {
  for (const { own } of NEIGHBOURS) {
    t.equal(
      own.every(([down, on]) => down < 0 || (down === 0 && on < 0)),
      true,
    )
  }
})

t.test('the coarse scale, which comes first, sees nothing of the fine one', async (t) => {
  t.same(
    NEIGHBOURS.map(({ own, coarse }) => [own.length, coarse.length]),
    [
      [33, 0],
      [24, 19],
    ],
  )
  t.same(NEIGHBOURS[0]?.own.slice(6, 10), [
    [0, -7],
    [0, -8],
    [-1, -6],
    [-1, -5],
  ])
})

t.test('no neighbour is asked twice', async (t) => {
  for (const { own, coarse } of NEIGHBOURS) {
    for (const places of [own, coarse]) t.equal(new Set(places.map(String)).size, places.length)
  }
})
