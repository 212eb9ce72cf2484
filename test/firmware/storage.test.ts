import t from 'tap'
import { KEEP_ENROLMENTS_S } from '../../firmware/enrolment/retention.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Store } from '../../runtime/store.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { BENCH_LEASE, blankCard } from './bench.ts'
import { openDistrict, openScene } from './scene.ts'

/** A store whose disk can be full: deletions go on, as they are what frees it. */
function createFillableStore(): Store & { isFull: boolean } {
  const inner = createMemoryStore()
  return {
    ...inner,
    isFull: false,
    async commit(change) {
      if (this.isFull && change.writes.some(({ value }) => value !== undefined)) {
        throw new PersonhoodError('store.full', 'the disk is full')
      }
      return inner.commit(change)
    },
  }
}

t.test('on a full disk nobody is enrolled, and every tap is answered', async (t) => {
  const store = createFillableStore()
  const scene = await openScene(t, { store, isOffline: true })
  const card = blankCard(1)
  await scene.enrol({ person: 1 }, card)
  store.isFull = true
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'storage' })
  t.match(await scene.tap(card), { outcome: 'go' })
  store.isFull = false
  t.match(await scene.enrol({ person: 2 }, blankCard(2)), { name: 'done' })
  t.equal(scene.kiosk.state.indicesLeft, BENCH_LEASE.count - 2)
})

t.test(
  'a disk that is full at the issue leaves the resident without a half enrolment',
  async (t) => {
    const store = createFillableStore()
    const scene = await openScene(t, { store, isOffline: true })
    await scene.bringToCard({ person: 1 })
    store.isFull = true
    const card = blankCard(1)
    scene.place.lay(card)
    t.ok(await scene.reach('stopped'))
    t.match(scene.kiosk.state.screen, { reason: 'storage' })
    store.isFull = false
    t.same(await store.range('outbox'), [])
    scene.place.lift(card)
    await scene.kiosk.command({ name: 'acknowledge' })
    await scene.world.timers.advance(500)
    t.match(await scene.enrol({ person: 1 }, card), { name: 'done' })
  },
)

t.test('a full disk puts the upgrade off, not the answer', async (t) => {
  const { world, district } = await openDistrict(t)
  const store = createFillableStore()
  const scene = await openScene(t, { world, store, leases: [] })
  await scene.until(() => scene.kiosk.state.indicesLeft > 0)
  const card = blankCard(1)
  await scene.enrol({ person: 1 }, card)
  await scene.until(() => scene.kiosk.state.enrolments.final === 1)
  t.equal(district.gateway.state.counts.final, 1)
  store.isFull = true
  t.match(await scene.tap(card), { outcome: 'go', upgraded: false, assurance: 1 })
  store.isFull = false
  t.match(await scene.tap(card), { outcome: 'go', upgraded: true })
})

t.test('templates of own enrolments are erased after 90 days, as the consent says', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.enrol({ person: 1 }, blankCard(1))
  t.equal(scene.kiosk.state.people, 1)
  scene.world.clock.advance(KEEP_ENROLMENTS_S - 1)
  await scene.world.timers.advance(60_000)
  t.equal(scene.kiosk.state.people, 1)
  scene.world.clock.advance(1)
  await scene.world.timers.advance(60_000)
  t.equal(scene.kiosk.state.people, 0)
  t.same(await scene.store.range('gallery'), [])
  t.equal(
    (await scene.store.range('outbox')).length,
    1,
    'what was not sent yet is still to be sent',
  )
})
