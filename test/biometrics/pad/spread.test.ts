import t from 'tap'
import { spread } from '../../../biometrics/pad/spread.ts'

t.test('items are taken from the whole of a list, or all where there are few', async (t) => {
  const all = Array.from({ length: 100 }, (_, i) => i)
  t.same(spread(all, 4), [12, 37, 62, 87])
  t.same(spread([1, 2, 3], 4), [1, 2, 3])
  t.same(spread([], 4), [])
})
