import t from 'tap'
import {
  eyeCorrelation,
  oneEyeImpostors,
  twoEyeImpostors,
} from '../../../../cli/iris/thresholds/impostor-pairs.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

const SET = captures('aL', 'aR', 'bL', 'bR', 'cL', 'cR-')
const SCORES: Readonly<Record<string, number | null>> = {
  '2,0': 480,
  '3,1': 460,
  '4,0': 470,
  '4,2': null,
}
const TABLE = tableOf(5, (i, j) => SCORES[`${i},${j}`] ?? (`${i},${j}` in SCORES ? null : 100))

t.test('strangers on the same side that could be compared, lowest first', async (t) => {
  const { persons, pairs } = oneEyeImpostors(SET, 3, TABLE)
  t.equal(persons, 3)
  t.same(
    pairs.map(({ first, second, score, commonBits }) => [first, second, score * 1024, commonBits]),
    [
      [1, 0, 460, 10_240],
      [2, 0, 470, 10_240],
      [1, 0, 480, 10_240],
    ],
  )
})

t.test('the mean counts where both eyes were compared', async (t) => {
  const { pairs, eyes } = twoEyeImpostors(SET, 3, TABLE)
  t.same(pairs, [{ first: 1, second: 0, score: 470 / 1024, commonBits: 10_240 }])
  t.same(eyes, [[480 / 1024, 460 / 1024]])
})

t.test('eyes that rise together correlate', async (t) => {
  const close = (found: number, expected: number) => Math.abs(found - expected) < 1e-12
  t.ok(
    close(
      eyeCorrelation([
        [1, 2],
        [2, 4],
        [3, 6],
      ]),
      1,
    ),
  )
  t.ok(
    close(
      eyeCorrelation([
        [1, 1],
        [1, 2],
        [2, 1],
        [2, 2],
      ]),
      0,
    ),
  )
  t.ok(
    close(
      eyeCorrelation([
        [1, 3],
        [2, 2],
        [3, 1],
      ]),
      -1,
    ),
  )
  t.equal(eyeCorrelation([[1, 2]]), 0)
  t.equal(
    eyeCorrelation([
      [1, 2],
      [1, 3],
      [1, 4],
    ]),
    0,
  )
})
