import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import { ALDER, BIRCH } from '../../kit/demo-trust.ts'
import { oracle, placeOptions, worker } from '../../runtime/match/match-kit.ts'
import { createWorld, startDistrict, until } from '../bench.ts'
import { connectKiosk } from '../kiosk.ts'

t.test(
  'a gateway whose people are searched by workers',
  { skip: noPostgres(), timeout: 290_000 },
  async (t) => {
    const server = await startPostgres(t)
    const place = placeOptions(`${server.url}#${ALDER}`)
    const world = createWorld()
    world.patienceMs = 60_000
    const store = await openPostgresStore(place)
    t.teardown(() => store.close())
    const asked = await oracle(t, place)
    const policy = { searchSeconds: 1 }
    const alder = await startDistrict(t, world, ALDER, { store, oracle: asked, policy })
    const birch = await startDistrict(t, world, BIRCH)
    const [here, there] = [
      await connectKiosk(world, `${ALDER}/k1`),
      await connectKiosk(world, `${BIRCH}/k1`),
    ]
    const sent = (type: string) =>
      alder.gateway.state.traffic.types.find((row) => row.type === type)?.sent ?? 0

    t.equal((await here.enrol(1)).receipt?.refusal, undefined, 'enrolled with nobody to search')
    t.equal((await there.enrol(2)).receipt?.refusal, undefined)
    t.ok(await until(world, () => sent('dup.answer') > 0), 'the peer has its answer')
    await world.advance(120)
    t.equal(alder.gateway.state.counts.final, 0, 'nobody is new where nobody was compared')
    t.equal(birch.gateway.state.counts.final, 0, 'nor where a peer could not compare')

    await worker(t, place, { gallery: { threads: 0 } })
    t.ok(
      await until(world, () => alder.gateway.state.counts.final === 1),
      'searched again, as soon as there are workers',
    )
    await world.advance(3600)
    t.ok(
      await until(world, () => birch.gateway.state.counts.final === 1),
      'the peer has asked again',
    )
    t.comment('the same person once more: found by the workers')
    await here.enrol(1)
    t.ok(await until(world, () => alder.gateway.state.counts.openCases === 1))
    t.same([...alder.failures, ...birch.failures], [])
  },
)
