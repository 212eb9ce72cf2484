import t, { type Test } from 'tap'
import { type IngestProcess, startIngest } from '../../gateway/ingest-process.ts'
import { DEFAULT_POLICY } from '../../gateway/policy.ts'
import { TABLES } from '../../gateway/records/rows.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { openMessenger } from '../../runtime/messenger.ts'
import type { Store } from '../../runtime/store.ts'
import { ALDER } from '../kit/demo-trust.ts'
import { shareLocally } from '../kit/local-sharing.ts'
import {
  createWorld,
  listLog,
  openTempStore,
  openTrust,
  quickStation,
  settle,
  startDistrict,
  until,
  type World,
} from './bench.ts'
import { connectKiosk } from './kiosk.ts'

type Started = IngestProcess & { readonly failures: unknown[]; kill(): Promise<void> }

async function startOne(t: Test, world: World, store: Store): Promise<Started> {
  const { clock, timers } = world
  const station = quickStation(ALDER)
  const verify = verifySecp256k1
  const trust = await openTrust(store, world)
  const messenger = await openMessenger({ station, trust, clock, store, verify })
  const transport = world.bus(ALDER).connect()
  const failures: unknown[] = []
  const ingest = await startIngest({
    ...{ station, trust, store, clock, messenger, transport, verify, timers },
    config: { station: ALDER, peers: [], policy: DEFAULT_POLICY },
    log: listLog([]),
    onFailure: (error) => void failures.push(error),
  })
  const kill = async () => {
    await transport.close()
    await ingest.close()
  }
  t.teardown(kill)
  return Object.assign(ingest, { failures, kill })
}

t.test('two processes take in, a third checks: doubles count once, one may die', async (t) => {
  const world = createWorld()
  const shared = shareLocally(await openTempStore(t))
  const first = await startOne(t, world, shared.process())
  const second = await startOne(t, world, shared.process())
  const api = await startDistrict(t, world, ALDER, {
    ...{ store: shared.process(), role: 'api', peers: [] },
    policy: { answerDays: 1 },
  })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  // Without shared subscriptions each message comes to both.
  const made = await kiosk.enrol(1)
  t.type(made.receipt?.logIndex, 'number', 'durable, and the receipt says so')
  await settle(world, api)
  t.equal(api.gateway.state.counts.enrolments, 1, 'the third one has heard of it')
  t.ok(await until(world, () => api.gateway.state.enrolments[0]?.coverage.asked === 1))
  const leaves = await api.store.range(TABLES.leaves)
  const enrolments = await api.store.range(TABLES.inbox)
  t.equal(enrolments.length, 1)

  await first.kill()
  const more = await kiosk.enrol(2)
  t.type(more.receipt?.logIndex, 'number', 'the other one goes on')
  t.same(await kiosk.send(made), made.receipt, 'and gives the receipt of what the dead one took')
  t.ok(leaves.length < (await api.store.range(TABLES.leaves)).length)
  await world.advance(86_400)
  t.ok(await until(world, () => api.gateway.state.counts.final === 2, 120))
  const rows = await kiosk.finals(made.id, more.id)
  t.same(
    rows.map(({ state }) => state),
    ['ready', 'ready'],
    'an ingest process gives out what another process signed',
  )
  t.match(second.state, { role: 'ingest', isConnected: true, refused: 0, held: 0 })
  for (const { failures } of [first, second, api]) t.same(failures, [])
})

t.test('a lease that one process granted is known to the other at once', async (t) => {
  const world = createWorld()
  const shared = shareLocally(await openTempStore(t))
  const first = await startOne(t, world, shared.process())
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const made = await kiosk.make(1)
  await first.kill()
  await startOne(t, world, shared.process())
  t.type((await kiosk.send(made))?.logIndex, 'number')
})
