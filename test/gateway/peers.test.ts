import t from 'tap'
import { parseCredential } from '../../protocol/credential.ts'
import { DUP_QUERY } from '../../protocol/messages/duplicate.ts'
import { DAY_S } from '../../protocol/time.ts'
import { ALDER, BIRCH, demoTrustBody, demoTrustList } from '../kit/demo-trust.ts'
import {
  CEDAR,
  createWorld,
  killDistrict,
  STATIONS,
  settle,
  startDistrict,
  until,
} from './bench.ts'
import { connectKiosk } from './kiosk.ts'

const assuranceOf = (bytes: Uint8Array | undefined) =>
  bytes && parseCredential(bytes).credential.assurance

t.test('a peer that is away is asked when its line is back', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  await startDistrict(t, world, BIRCH)
  alder.lines.get(BIRCH)?.cut()
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { id } = await kiosk.enrol(1)
  t.ok(await until(world, () => alder.gateway.state.peers[0]?.unanswered === 1))
  t.ok(await settle(world, alder), 'a peer out of reach is nothing to wait for')
  t.equal((await kiosk.finals(id))[0]?.state, 'waiting')
  t.equal(alder.gateway.state.peers[0]?.isConnected, false)
  alder.lines.get(BIRCH)?.mend()
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1, 1))
  t.equal(assuranceOf((await kiosk.finals(id))[0]?.credential), 5)
  t.ok((alder.gateway.state.peers[0]?.lastContact ?? 0) > 0)
})

t.test('a peer whose gateway is dead behind a live broker is asked until it lives', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  const queries = () =>
    world.bus(BIRCH).messages.filter(({ topic }) => topic.endsWith(DUP_QUERY)).length
  await until(world, () => queries() > 0)
  await world.advance(3600)
  const inAnHour = queries()
  t.ok(inAnHour > 3 && inAnHour < 25, `${inAnHour} tries in an hour`)
  await startDistrict(t, world, BIRCH)
  await world.advance(300)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
})

t.test(
  'after seven days the credential is promoted, and the coverage says who is missing',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER)
    alder.lines.get(BIRCH)?.cut()
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    const { id } = await kiosk.enrol(1)
    await until(world, () => alder.gateway.state.peers[0]?.unanswered === 1)
    world.clock.advance(7 * DAY_S - 120)
    await world.timers.advance(61_000)
    t.ok(await settle(world, alder))
    t.equal(alder.gateway.state.counts.waiting, 1, 'not a minute early')
    world.clock.advance(121)
    t.ok(await until(world, () => alder.gateway.state.counts.final === 1, 120))
    const [enrolment] = alder.gateway.state.enrolments
    t.same(enrolment?.coverage, { asked: 1, known: 2, searched: 0 })
    t.equal(enrolment?.assurance, 2, 'district, not city')
    t.equal(assuranceOf((await kiosk.finals(id))[0]?.credential), 2)
  },
)

t.test('the assurance is that of the widest tier that was asked whole', async (t) => {
  const world = createWorld([...STATIONS, CEDAR, `${CEDAR}/k1`])
  const alder = await startDistrict(t, world, ALDER, { peers: [BIRCH, CEDAR] })
  await startDistrict(t, world, BIRCH, { peers: [ALDER, CEDAR] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { id } = await kiosk.enrol(1)
  const answered = () => alder.gateway.state.enrolments[0]?.coverage.asked === 2
  t.ok(await until(world, answered))
  world.clock.advance(7 * DAY_S)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1, 120))
  t.equal(assuranceOf((await kiosk.finals(id))[0]?.credential), 3, 'the city, not the province')
})

t.test('a district that joins while a check is open is asked too', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [BIRCH, CEDAR] })
  alder.lines.get(BIRCH)?.cut()
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  await until(world, () => alder.gateway.state.peers[0]?.unanswered === 1)
  await alder.trust.offer(demoTrustList(demoTrustBody([...STATIONS, CEDAR], 2)))
  const asked = () =>
    world.bus(CEDAR).messages.some(({ topic }) => topic.endsWith(`${ALDER}/${DUP_QUERY}`))
  t.ok(await until(world, asked, 120))
})

t.test('a gateway that is killed while it waits asks again after its start', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  alder.lines.get(BIRCH)?.cut()
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { id } = await kiosk.enrol(1)
  await until(world, () => alder.gateway.state.peers[0]?.unanswered === 1)
  await killDistrict(alder)
  await startDistrict(t, world, BIRCH)
  const again = await startDistrict(t, world, ALDER, { store: alder.store })
  t.ok(await until(world, () => again.gateway.state.counts.final === 1))
  t.equal((await kiosk.finals(id))[0]?.state, 'ready')
})
