import fc from 'fast-check'
import t from 'tap'
import { refusedRowSchema } from '../../../firmware/relay/outbox-row.ts'
import { fromHex, fromText } from '../../../protocol/bytes.ts'
import { RECEIPT, receiptSchema } from '../../../protocol/messages/receipt.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { gatewayPublic, kioskDown } from '../../../protocol/topics.ts'
import { verifySecp256k1 } from '../../../runtime/crypto.ts'
import { openMessenger } from '../../../runtime/messenger.ts'
import { openTrust } from '../../gateway/bench.ts'
import {
  ALDER,
  ALDER_KIOSK,
  demoStation,
  demoTrustBody,
  demoTrustList,
} from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { blankCard } from '../bench.ts'
import { openDistrict, openScene, type Scene } from '../scene.ts'

const K2 = `${ALDER}/k2`

/** A receipt for a record, signed by any station. */
async function receiptFrom({ world }: Scene, path: string, record: string): Promise<Uint8Array> {
  const store = createMemoryStore()
  const trust = await openTrust(store, world)
  const { clock } = world
  const station = demoStation(path)
  const messenger = await openMessenger({ station, trust, clock, store, verify: verifySecp256k1 })
  const body = encodeRecord(receiptSchema, { rows: [{ record: fromHex(record), logIndex: 3 }] })
  return messenger.compose({ type: RECEIPT, to: ALDER_KIOSK, body, ttlS: 60 })
}

t.test('only a receipt that our own gateway has signed empties the outbox', async (t) => {
  const { world } = await openDistrict(t)
  const scene = await openScene(t, { world, isOffline: true })
  await scene.enrol({ person: 1 }, blankCard(1))
  const [row] = await scene.store.range('outbox')
  const record = row?.key ?? ''
  const other = world.bus(ALDER).connect()
  const topic = kioskDown(ALDER, 'k1', RECEIPT)
  world.bus(ALDER).lose = (message) => message.topic.includes('/up/')
  scene.line.mend()
  await other.publish(topic, await receiptFrom(scene, K2, record))
  const altered = (await receiptFrom(scene, ALDER, record)).slice()
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
  await other.publish(topic, altered)
  await world.timers.advance(100)
  t.equal(scene.kiosk.state.link.queued, 1)
  await other.publish(topic, await receiptFrom(scene, ALDER, record))
  t.ok(await scene.until(() => scene.kiosk.state.link.queued === 0))
  t.equal(scene.kiosk.state.link.receipts, 1)
})

t.test(
  'a record that the gateway refuses is kept with the reason, and its card works on',
  async (t) => {
    const { world } = await openDistrict(t)
    const scene = await openScene(t, { world })
    const card = blankCard(1)
    // The bench's lease was never this gateway's to give.
    await scene.enrol({ person: 1 }, card)
    t.ok(await scene.until(() => scene.kiosk.state.link.refused === 1))
    t.match(scene.kiosk.state.link, { queued: 0, receipts: 0 })
    const [row] = await scene.store.range('outbox-refused')
    t.match(decodeRecord(refusedRowSchema, row?.value ?? new Uint8Array()), {
      reason: 'not-ours',
      row: { type: 'enrolment' },
    })
    t.match(await scene.tap(card), { outcome: 'go' })
  },
)

t.test('a kiosk that runs short asks for the next lease, and has it once', async (t) => {
  const { world } = await openDistrict(t)
  const scene = await openScene(t, { world, leases: [] })
  t.ok(await scene.until(() => scene.kiosk.state.indicesLeft === 256))
  await world.timers.advance(200_000)
  t.equal(scene.kiosk.state.indicesLeft, 256, 'enough for now')
})

t.test('a newer trust list is taken and kept, an older or unsigned one is not', async (t) => {
  const scene = await openScene(t)
  const topic = gatewayPublic(ALDER, 'trust')
  const stations = [ALDER, ALDER_KIOSK]
  const publish = (version: number) =>
    scene.line.publish(topic, demoTrustList(demoTrustBody(stations, version)), { retain: true })
  await publish(3)
  await scene.world.timers.advance(100)
  await publish(2)
  await scene.line.publish(topic, fromText('not a trust list'), { retain: true })
  await scene.world.timers.advance(100)
  t.equal((await openTrust(scene.store, scene.world)).current.version, 3)
  t.ok(scene.log.some((line) => line.startsWith('downlink.refused')))
})

t.test('noise on any topic is refused, and the kiosk goes on', async (t) => {
  const scene = await openScene(t)
  const topics = [
    kioskDown(ALDER, 'k1', RECEIPT),
    gatewayPublic(ALDER, 'trust'),
    gatewayPublic(ALDER, 'status/1/full'),
  ]
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...topics), fc.uint8Array(), async (topic, bytes) => {
      await scene.line.publish(topic, bytes)
      await new Promise((resolve) => setImmediate(resolve))
    }),
    { numRuns: 60 },
  )
  t.match(await scene.enrol({ person: 1 }, blankCard(1)), { name: 'done' })
})

t.test('the final credential comes soon after the receipt, without a tap', async (t) => {
  const { world } = await openDistrict(t)
  const scene = await openScene(t, { world, leases: [] })
  await scene.until(() => scene.kiosk.state.indicesLeft > 0)
  await scene.enrol({ person: 1 }, blankCard(1))
  t.ok(await scene.until(() => scene.kiosk.state.enrolments.final === 1, 5))
})

t.test('the taps of an hour reach the district', async (t) => {
  const { world } = await openDistrict(t)
  const scene = await openScene(t, { world, leases: [] })
  await scene.tap(blankCard(1))
  world.clock.advance(3600)
  t.ok(await scene.until(() => scene.kiosk.state.link.receipts === 1, 120))
  t.same(await scene.store.range('outbox'), [])
})
