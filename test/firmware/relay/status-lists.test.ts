import t from 'tap'
import { openStatusLists } from '../../../firmware/relay/status-lists.ts'
import type { StationPath } from '../../../protocol/district.ts'
import { createStatusBits, signStatusList } from '../../../protocol/status-list.ts'
import { DAY_S } from '../../../protocol/time.ts'
import type { Clock } from '../../../runtime/clock.ts'
import { verifySecp256k1 } from '../../../runtime/crypto.ts'
import { createWorld, openTrust } from '../../gateway/bench.ts'
import { ALDER, BIRCH, DEMO_NOW, demoSigner, nodeZlib } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createManualClock } from '../../runtime/manual-clock.ts'

function token(issued: number, district: StationPath = ALDER, signer: StationPath = district) {
  const list = { district, list: 1, issued, ttlS: 60, bits: createStatusBits('valid') }
  return signStatusList(list, demoSigner(signer, 'final'), nodeZlib)
}

async function open(store = createMemoryStore(), clock: Clock = createManualClock(DEMO_NOW)) {
  const trust = await openTrust(store, createWorld())
  return openStatusLists({ store, trust, clock, verify: verifySecp256k1, zlib: nodeZlib })
}

t.test('the newest list of each district is kept over a restart', async (t) => {
  const store = createMemoryStore()
  const lists = await open(store)
  t.equal(await lists.offer(token(DEMO_NOW)), true)
  t.equal(await lists.offer(token(DEMO_NOW - 1)), false, 'older')
  t.equal(await lists.offer(token(DEMO_NOW)), false, 'the same')
  t.equal(await lists.offer(token(DEMO_NOW - 5, BIRCH)), true)
  const again = await open(store)
  t.equal(again.find(ALDER, 1)?.issued, DEMO_NOW)
  t.equal(again.find(BIRCH, 1)?.issued, DEMO_NOW - 5)
  t.equal(again.find(ALDER, 2), undefined)
})

t.test('a list from the future does not hide those that come before it', async (t) => {
  const store = createMemoryStore()
  const ahead = DEMO_NOW + 100 * DAY_S
  const lists = await open(store)
  t.equal(await lists.offer(token(ahead)), false, 'its gateway was wrong about the time')
  t.equal(lists.find(ALDER, 1), undefined)
  // Taken while our own clock was wrong as well.
  t.equal(await (await open(store, createManualClock(ahead))).offer(token(ahead)), true)
  const again = await open(store)
  t.equal(await again.offer(token(DEMO_NOW)), true)
  t.equal(again.find(ALDER, 1)?.issued, DEMO_NOW)
})

t.test('of two lists at once the newer one stays', async (t) => {
  const store = createMemoryStore()
  const lists = await open(store)
  await Promise.all([lists.offer(token(DEMO_NOW + 2)), lists.offer(token(DEMO_NOW + 1))])
  t.equal(lists.find(ALDER, 1)?.issued, DEMO_NOW + 2)
  t.equal((await open(store)).find(ALDER, 1)?.issued, DEMO_NOW + 2)
})

t.test('a list that another district signed is refused', async (t) => {
  const lists = await open()
  await t.rejects(lists.offer(token(DEMO_NOW, ALDER, BIRCH)), { code: 'bytes.status-list' })
  t.equal(lists.find(ALDER, 1), undefined)
})

t.test('what rests in the store and no longer verifies is left aside', async (t) => {
  const store = createMemoryStore()
  const value = token(DEMO_NOW).slice()
  value[value.length - 1] = (value.at(-1) ?? 0) ^ 1
  await store.commit({ writes: [{ table: 'status-list', key: `${ALDER}/1`, value }] })
  const lists = await open(store)
  t.equal(lists.find(ALDER, 1), undefined)
  t.equal(await lists.offer(token(DEMO_NOW)), true)
})
