import t from 'tap'
import { createSystemClock } from '../../runtime/clock.ts'
import { createManualClock } from './manual-clock.ts'

t.test('a machine that is right tells its own time, in whole seconds', async (t) => {
  const clock = createSystemClock(1000, () => 2000.9, 5)
  t.same(clock.now(), { unix: 2000, uncertaintyS: 5, source: 'system' })
  const real = createSystemClock().now()
  t.ok(Math.abs(real.unix - Date.now() / 1000) < 5)
})

t.test(
  'a machine that starts in the past reads the newest signed time, and how far off it is',
  async (t) => {
    let machine = 0
    const clock = createSystemClock(5000, () => machine, 30)
    t.same(clock.now(), { unix: 5000, uncertaintyS: 5030, source: 'floor' })
    machine = 5001
    t.same(clock.now(), { unix: 5001, uncertaintyS: 30, source: 'system' })
  },
)

t.test('the floor rises with a signed time, and nothing lowers it', async (t) => {
  const clock = createSystemClock(0, () => 100, 0)
  clock.raiseFloor(300)
  clock.raiseFloor(200)
  for (const noTime of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) clock.raiseFloor(noTime)
  t.same(clock.now(), { unix: 300, uncertaintyS: 200, source: 'floor' })
})

t.test('the clock of the tests moves when told', async (t) => {
  const clock = createManualClock(10)
  clock.advance(5)
  t.equal(clock.now().unix, 15)
  clock.set(3)
  t.equal(clock.now().unix, 3)
})
