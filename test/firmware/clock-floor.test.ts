import t from 'tap'
import { keepClockFloor, readClockFloor } from '../../firmware/clock-floor.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createMemoryStore } from '../kit/memory-store.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

t.test(
  'the clock of the next start is no earlier than the newest signed time of this one',
  async (t) => {
    const store = createMemoryStore()
    t.equal(await readClockFloor(store), 0)
    const clock = createSystemClock(0, () => 1000)
    const take = keepClockFloor(clock, store, 0, t.fail as never)
    take(50_000)
    await turn()
    t.equal(clock.now().unix, 50_000)
    t.equal(await readClockFloor(store), 50_000)
    const next = createSystemClock(await readClockFloor(store), () => 1000)
    t.match(next.now(), { unix: 50_000, source: 'floor' })
  },
)

t.test('signed times within the hour are not written each', async (t) => {
  const store = createMemoryStore()
  let commits = 0
  const counting = {
    ...store,
    commit: (change: Parameters<typeof store.commit>[0]) => {
      commits += 1
      return store.commit(change)
    },
  }
  const take = keepClockFloor(
    createSystemClock(0, () => 0),
    counting,
    0,
    t.fail as never,
  )
  for (let unix = 100_000; unix < 100_000 + 3600; unix += 60) take(unix)
  await turn()
  t.equal(commits, 1)
})
