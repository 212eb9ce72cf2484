import t from 'tap'
import { createGroupCommit } from '../../runtime/group-commit.ts'

type Change = { readonly name: string; readonly lengthBytes: number }
const change = (name: string, lengthBytes = 1): Change => ({ name, lengthBytes })

t.test('what comes during one sync shares the next one', async (t) => {
  const groups: string[] = []
  const gates: (() => void)[] = []
  const commits = createGroupCommit<Change>(async (changes) => {
    groups.push(changes.map(({ name }) => name).join(''))
    await new Promise<void>((resolve) => gates.push(resolve))
    return changes.map(({ name }) => name !== 'c')
  })
  const a = commits.submit(change('a'))
  await new Promise(setImmediate)
  const rest = ['b', 'c', 'd'].map((name) => commits.submit(change(name)))
  gates.shift()?.()
  t.equal(await a, true)
  await new Promise(setImmediate)
  gates.shift()?.()
  t.same(await Promise.all(rest), [true, false, true])
  t.same(groups, ['a', 'bcd'])
  await commits.drain()
})

t.test(
  'a group is bounded in bytes and in changes, and one change goes whatever its size',
  async (t) => {
    const sizes: number[] = []
    const commits = createGroupCommit<Change>(async (changes) => {
      sizes.push(changes.length)
      return changes.map(() => true)
    })
    const mb = 1024 * 1024
    const large = [20, 5, 3, 1].map((size) => commits.submit(change('x', size * mb)))
    const small = Array.from({ length: 1500 }, () => commits.submit(change('x')))
    await Promise.all([...large, ...small])
    t.same(sizes, [1, 2, 1000, 501])
  },
)

t.test('in a failed group each change is tried alone', async (t) => {
  const commits = createGroupCommit<Change>(async (changes) => {
    if (changes.some(({ name }) => name === 'bad')) throw new Error('bad')
    return changes.map(() => true)
  })
  const outcomes = await Promise.allSettled(
    ['a', 'bad', 'b'].map((name) => commits.submit(change(name))),
  )
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})
