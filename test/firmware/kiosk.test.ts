import t from 'tap'
import type { Kiosk } from '../../firmware/kiosk.ts'
import { createWorld, startDistrict, until, type World } from '../gateway/bench.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { blankCard, createPlace, lineOf, startBenchKiosk } from './bench.ts'

t.test(
  'a resident enrols, the gateway makes it final, and the next tap upgrades the card',
  async (t) => {
    const world = createWorld([ALDER, ALDER_KIOSK])
    const district = await startDistrict(t, world, ALDER, { peers: [] })
    const place = createPlace(world.timers)
    const kiosk = await startBenchKiosk(world, ALDER_KIOSK, {
      store: createMemoryStore(),
      place,
      transport: lineOf(world, ALDER_KIOSK),
      leases: [],
    })
    t.teardown(() => world.timers.advance(0).then(() => closeInTime(world, kiosk)))
    t.ok(await until(world, () => kiosk.state.indicesLeft === 256), 'a lease came')
    place.standing = { person: 1 }
    await kiosk.command({ name: 'begin' })
    t.equal(kiosk.state.screen.name, 'consent')
    await kiosk.command({ name: 'consent', isGiven: true })
    t.ok(await until(world, () => kiosk.state.screen.name === 'card'))
    const card = blankCard(1)
    place.lay(card)
    t.ok(await until(world, () => kiosk.state.screen.name === 'done'))
    t.ok(await until(world, () => kiosk.state.link.receipts === 1), 'receipted')
    t.ok(await until(world, () => district.gateway.state.counts.final === 1), 'final')
    t.ok(await until(world, () => kiosk.state.enrolments.final === 1, 120), 'final came')
    await kiosk.command({ name: 'acknowledge' })
    place.lift(card)
    await world.timers.advance(1000)
    place.lay(card)
    t.ok(await until(world, () => kiosk.state.screen.name === 'tap'))
    t.match(kiosk.state.screen, { name: 'tap', outcome: 'go', upgraded: true })
    t.same(district.failures, [])
  },
)

async function closeInTime(world: World, kiosk: Kiosk): Promise<void> {
  let isClosed = false
  const closing = kiosk.close().then(() => {
    isClosed = true
  })
  await until(world, () => isClosed)
  await closing
}
