import t from 'tap'
import { createLane } from '../../gateway/lane.ts'

function bench() {
  const errors: unknown[] = []
  let settled = 0
  const lane = createLane(
    (error) => void errors.push(error),
    () => {
      settled += 1
    },
  )
  return { lane, errors, settled: () => settled }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

t.test('tasks run one after the other, and one that throws does not stop the next', async (t) => {
  const { lane, errors, settled } = bench()
  const order: string[] = []
  for (const name of ['a', 'b', 'c']) {
    lane.push(async () => {
      order.push(`${name} begins`)
      await turn()
      if (name === 'b') throw new RangeError('b')
      order.push(`${name} ends`)
    })
  }
  t.equal(lane.length, 4, 'three that wait, and the run itself')
  while (lane.length > 0) await turn()
  t.same(order, ['a begins', 'a ends', 'b begins', 'c begins', 'c ends'])
  t.equal(errors.length, 1)
  t.equal(settled(), 1)
})

t.test('a stopped lane ends what runs, forgets what waits and takes no more', async (t) => {
  const { lane } = bench()
  const done: string[] = []
  lane.push(async () => {
    await turn()
    done.push('running')
  })
  await Promise.resolve()
  await Promise.resolve()
  lane.push(async () => void done.push('waiting'))
  await lane.stop()
  lane.push(async () => void done.push('late'))
  await turn()
  t.same(done, ['running'])
  t.equal(lane.length, 0)
})
