import t from 'tap'
import { DAY_S, MAX_CLOCK_SKEW_S } from '../../protocol/time.ts'

t.test('a day is a day, and clocks may differ by ten minutes', async (t) => {
  t.equal(DAY_S, 24 * 60 * 60)
  t.equal(MAX_CLOCK_SKEW_S, 10 * 60)
})
