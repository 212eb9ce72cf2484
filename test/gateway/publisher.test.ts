import t from 'tap'
import { parseCredential } from '../../protocol/credential.ts'
import { parseStatusList, readStatus } from '../../protocol/status-list.ts'
import { DAY_S } from '../../protocol/time.ts'
import { gatewayPublic } from '../../protocol/topics.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { ALDER, BIRCH, demoTrustBody, demoTrustList, nodeZlib } from '../kit/demo-trust.ts'
import {
  createWorld,
  type District,
  STATIONS,
  settle,
  startDistrict,
  until,
  type World,
} from './bench.ts'
import { connectKiosk } from './kiosk.ts'

const TOPIC = gatewayPublic(ALDER, 'status/1/full')

function listOf(world: World, { trust }: District) {
  const token = world.bus(ALDER).retained.get(TOPIC)
  return token && parseStatusList(token, trust.current, verifySecp256k1, nodeZlib)
}

t.test('a list is retained and signed; a provisional is pending, a final valid', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  t.equal(listOf(world, alder), undefined, 'no list before the first lease')
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { credential, id } = await kiosk.enrol(1)
  t.ok(await until(world, () => listOf(world, alder) !== undefined))
  const before = listOf(world, alder)
  t.equal(before?.district, ALDER)
  t.equal(before && readStatus(before.bits, credential.status.index), 'check-pending')
  t.equal(before?.ttlS, 24 * 3600)
  await startDistrict(t, world, BIRCH)
  await world.timers.advance(60_000)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
  t.ok(await settle(world, alder))
  const after = listOf(world, alder)
  t.equal(after && readStatus(after.bits, credential.status.index), 'valid')
  const [row] = await kiosk.finals(id)
  const final = row?.credential && parseCredential(row.credential).credential
  t.same(final?.status, credential.status)
  const [state] = alder.gateway.state.statusLists
  t.same([state?.list, state?.leased, state?.valid, state?.checkPending], [1, 256, 1, 255])
})

t.test('a second look changes no public bit', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  const second = await kiosk.enrol(1, { captureNumber: 1 })
  await until(world, () => alder.gateway.state.counts.secondLook === 1)
  t.ok(await settle(world, alder))
  const list = listOf(world, alder)
  t.equal(list && readStatus(list.bits, second.credential.status.index), 'check-pending')
  t.equal(list && readStatus(list.bits, second.credential.status.index + 1), 'check-pending')
})

t.test('what a broker forgot is published again when the line is back', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.lease()
  t.ok(await settle(world, alder))
  const retained = world.bus(ALDER).retained as Map<string, Uint8Array>
  alder.transport.cut()
  retained.clear()
  alder.transport.mend()
  t.ok(await settle(world, alder))
  t.ok(retained.has(TOPIC))
  t.same(retained.get(gatewayPublic(ALDER, 'trust')), alder.trust.bytes)
})

t.test('a list is signed again when half of its time is over, and not before', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.lease()
  t.ok(await settle(world, alder))
  const first = listOf(world, alder)?.issued ?? 0
  world.clock.advance(11 * 3600)
  await world.timers.advance(61_000)
  t.equal(listOf(world, alder)?.issued, first)
  world.clock.advance(3600)
  await world.timers.advance(61_000)
  t.ok((listOf(world, alder)?.issued ?? 0) >= first + 12 * 3600)
})

t.test(
  'each list is newer than the last, also within a second and after the clock was put right',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER)
    await startDistrict(t, world, BIRCH)
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    await kiosk.lease()
    t.ok(await settle(world, alder))
    const first = listOf(world, alder)?.issued ?? 0
    t.equal(first, world.clock.now().unix)
    await kiosk.enrol(1)
    t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
    t.ok(await settle(world, alder))
    t.equal(listOf(world, alder)?.issued, first + 1, 'the clock stood still')
    world.clock.advance(40 * DAY_S)
    await world.timers.advance(61_000)
    t.equal(listOf(world, alder)?.issued, first + 40 * DAY_S)
    world.clock.advance(-40 * DAY_S)
    await world.timers.advance(61_000)
    t.equal(listOf(world, alder)?.issued, first, 'what readers would not take is not built upon')
  },
)

t.test('a newer trust list goes out within a minute', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const newer = demoTrustList(demoTrustBody(STATIONS, 2))
  await alder.trust.offer(newer)
  await world.timers.advance(61_000)
  t.same(world.bus(ALDER).retained.get(gatewayPublic(ALDER, 'trust')), newer)
})
