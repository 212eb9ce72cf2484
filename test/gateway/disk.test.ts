import t from 'tap'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Store } from '../../runtime/store.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'
import { createWorld, openTempStore, settle, startDistrict, until } from './bench.ts'
import { connectKiosk } from './kiosk.ts'

t.test('a full disk costs no receipt that was given, and ends when there is room', async (t) => {
  const world = createWorld()
  const real = await openTempStore(t)
  let isFull = false
  const store: Store = {
    get: (table, key) => real.get(table, key),
    range: (table, range) => real.range(table, range),
    close: async () => {},
    async commit(change) {
      if (isFull) throw new PersonhoodError('store.full', 'no room')
      return real.commit(change)
    },
  }
  const alder = await startDistrict(t, world, ALDER, { store })
  await startDistrict(t, world, BIRCH)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const [one, two] = [await kiosk.make(1), await kiosk.make(2)]
  alder.lines.get(BIRCH)?.cut()
  await kiosk.send(one)
  await settle(world, alder)
  isFull = true
  world.patienceMs = 300
  t.equal(await kiosk.send(two), undefined, 'no receipt without a row')
  world.patienceMs = 10_000
  alder.lines.get(BIRCH)?.mend()
  await world.timers.advance(70_000)
  t.equal(alder.gateway.state.counts.final, 0)
  t.equal(alder.gateway.state.counts.enrolments, 1)
  t.same(alder.failures, [], 'it waits, it does not end')
  isFull = false
  t.ok((await kiosk.send(two))?.logIndex !== undefined)
  await world.timers.advance(120_000)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 2, 400))
})

t.test('a store that fails is told once, and the gateway answers nobody any more', async (t) => {
  const world = createWorld()
  const real = await openTempStore(t)
  let isBroken = false
  const store: Store = {
    ...real,
    get: (table, key) => real.get(table, key),
    range: (table, range) => real.range(table, range),
    close: async () => {},
    async commit(change) {
      if (isBroken) throw new PersonhoodError('store.failed', 'the disk is gone')
      return real.commit(change)
    },
  }
  const alder = await startDistrict(t, world, ALDER, { store, peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const made = await kiosk.make(1)
  isBroken = true
  world.patienceMs = 300
  t.equal(await kiosk.send(made), undefined)
  t.equal(alder.failures.length, 1)
  isBroken = false
  t.equal(await kiosk.send(made), undefined, 'what it holds in memory can no longer be trusted')
  t.equal(alder.failures.length, 1)
  t.same(await real.range('registry'), [])
})
