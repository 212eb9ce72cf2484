import fc from 'fast-check'
import t from 'tap'
import { openLeases } from '../../../firmware/enrolment/leases.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import type { Store } from '../../../runtime/store.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'

const SMALL = { list: 1, start: 40, count: 11 }

function open(store: Store, provisioned = [SMALL]) {
  return openLeases({ store, provisioned, random: randomBytes })
}

/** Takes an index durably, as an enrolment does. */
async function take(store: Store, leases: Awaited<ReturnType<typeof open>>) {
  const status = leases.pick()
  const part = status && leases.claim(status)
  if (status === undefined || part === undefined) return undefined
  leases.settle(part, await store.commit(part))
  return status
}

t.test('each index of a lease is given once, over restarts, until none is left', async (t) => {
  const store = createMemoryStore()
  const given = new Set<string>()
  for (let i = 0; i < SMALL.count; i++) {
    const leases = await open(store)
    t.equal(leases.left, SMALL.count - i)
    const status = await take(store, leases)
    t.ok(status && status.index >= 40 && status.index < 51)
    given.add(`${status?.list}/${status?.index}`)
  }
  t.equal(given.size, SMALL.count)
  const leases = await open(store)
  t.equal(leases.pick(), undefined)
  t.equal(await leases.add({ list: 1, start: 51, count: 4 }), true)
  t.equal((await take(store, leases))?.list, 1)
})

t.test('a freed index may be given again, a used one not', async (t) => {
  const store = createMemoryStore()
  const leases = await open(store)
  const status = await take(store, leases)
  if (status === undefined) throw new Error('a fresh lease has indices')
  t.equal(leases.claim(status), undefined, 'used')
  t.equal(leases.claim({ list: 1, index: 51 }), undefined, 'not leased')
  const part = leases.free(status)
  leases.settle(part, await store.commit(part))
  t.equal(leases.left, SMALL.count)
  t.ok(leases.claim(status))
})

t.test('two enrolments that race for an index cannot both have it', async (t) => {
  const store = createMemoryStore()
  const [one, two] = [await open(store), await open(store)]
  const status = { list: 1, index: 44 }
  const [first, second] = [one.claim(status), two.claim(status)]
  t.equal(first && (await store.commit(first)), true)
  t.equal(second && (await store.commit(second)), false)
})

t.test('a change that was not committed takes nothing', async (t) => {
  const store = createMemoryStore()
  const leases = await open(store)
  const part = leases.claim({ list: 1, index: 44 })
  if (part === undefined) throw new Error('44 is free')
  leases.settle(part, false)
  t.equal(leases.left, SMALL.count)
})

t.test('the same lease twice is one; one that overlaps another is refused', async (t) => {
  const leases = await open(createMemoryStore())
  t.equal(await leases.add(SMALL), false)
  t.same(leases.newest, SMALL)
  await t.rejects(leases.add({ list: 1, start: 50, count: 2 }), { code: 'bytes.lease' })
  await t.rejects(leases.add({ ...SMALL, count: 300 }), { code: 'bytes.lease' })
  t.equal(await leases.add({ list: 2, start: 50, count: 2 }), true)
  t.same(leases.newest, { list: 2, start: 50, count: 2 })
})

t.test('indices come in random order', async (t) => {
  const store = createMemoryStore()
  const leases = await open(store, [{ list: 1, start: 0, count: 256 }])
  const order: number[] = []
  for (let i = 0; i < 40; i++) order.push((await take(store, leases))?.index ?? -1)
  t.notSame(
    order,
    [...order].sort((a, b) => a - b),
  )
})

t.test('any block of any length gives each of its indices once', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(60_000), async (count, start) => {
      const store = createMemoryStore()
      const leases = await open(store, [{ list: 7, start, count }])
      const seen = new Set<number>()
      for (let status = await take(store, leases); status; status = await take(store, leases)) {
        seen.add(status.index)
      }
      return seen.size === count && Math.min(...seen) === start
    }),
    { numRuns: 30 },
  )
  t.pass()
})
