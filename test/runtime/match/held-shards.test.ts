import t from 'tap'
import { HeldShards } from '../../../runtime/match/held-shards.ts'

const leases = (...own: readonly (readonly [shard: number, epoch: number])[]) => new Map(own)

t.test('a lease that is taken over is another one, and its people are to be forgotten', (t) => {
  const held = new HeldShards()
  t.equal(held.renew(leases([1, 1], [2, 1])), false)
  for (const shard of [1, 2]) {
    const [next, lease] = held.unloaded ?? []
    t.equal(next, shard)
    if (lease) lease.isLoaded = true
  }
  const [, first] = held.loaded[0] ?? []
  t.equal(held.renew(leases([2, 1])), false)
  t.notOk(first && held.isHeld(1, first))
  t.same(held.takeLost(), [1])
  t.equal(held.hasLost, false)
  held.renew(leases([1, 3], [2, 1]))
  t.notOk(first && held.isHeld(1, first), 'held again, by another lease, and not loaded')
  t.equal(held.loaded.length, 1)
  t.end()
})

t.test('a lease that ran out and is ours again keeps its people under another epoch', (t) => {
  const held = new HeldShards()
  held.renew(leases([1, 1]))
  const [, lease] = held.unloaded ?? []
  if (lease) lease.isLoaded = true
  t.equal(held.renew(leases([1, 2])), true)
  t.same(held.loaded, [[1, { epoch: 2, isLoaded: true }]])
  t.ok(lease && held.isHeld(1, lease))
  t.end()
})
