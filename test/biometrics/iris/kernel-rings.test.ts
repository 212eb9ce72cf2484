import t from 'tap'
import { pairsOf, roughsOf } from '../../../biometrics/iris/kernel-rings.ts'

const RING = { cos: Float64Array.of(1, 2, 3, 4, 5), sin: Float64Array.of(10, 20, 30, 40, 50) }

t.test('directions lie in pairs, the last one twice where their number is odd', async (t) => {
  t.same([...pairsOf(RING)], [1, 2, 10, 20, 3, 4, 30, 40, 5, 5, 50, 50])
  t.equal(pairsOf(RING), pairsOf(RING), 'made once')
})

t.test('rough directions lie in fours and say which of them count', async (t) => {
  const first = [1, 2, 3, 4, 10, 20, 30, 40, 1, 1, 1, 1]
  t.same([...roughsOf(RING)], [...first, 5, 5, 5, 5, 50, 50, 50, 50, 1, 0, 0, 0])
})
