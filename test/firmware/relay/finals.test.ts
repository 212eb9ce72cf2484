import t from 'tap'
import { openFinals } from '../../../firmware/relay/finals.ts'
import { toHex } from '../../../protocol/bytes.ts'
import type { FinalRow } from '../../../protocol/messages/final.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createManualTimers } from '../../runtime/manual-timers.ts'

const OWN = new Uint8Array(8).fill(1)
const OTHER = new Uint8Array(8).fill(2)
const FINAL = Uint8Array.of(9, 9)
const isOwn = (id: string) => id === toHex(OWN)
const anyGood = () => true

function answer(...rows: readonly FinalRow[]) {
  return { rows }
}

t.test('our own are kept over a restart, others pass in memory only', async (t) => {
  const store = createMemoryStore()
  const finals = await openFinals(store, isOwn)
  const rows = [OWN, OTHER].map((id): FinalRow => ({ id, state: 'ready', credential: FINAL }))
  await finals.take(answer(...rows), anyGood)
  t.same(finals.find(OTHER)?.credential, FINAL)
  const again = await openFinals(store, isOwn)
  t.same(again.find(OWN)?.credential, FINAL)
  t.equal(again.find(OTHER), undefined)
})

t.test('final stays final, whatever comes late', async (t) => {
  const finals = await openFinals(createMemoryStore(), isOwn)
  await finals.take(answer({ id: OWN, state: 'second-look', deadline: 5 }), anyGood)
  t.match(finals.find(OWN), { state: 'second-look', deadline: 5 })
  await finals.take(answer({ id: OWN, state: 'ready', credential: FINAL }), anyGood)
  await finals.take(answer({ id: OWN, state: 'waiting' }), anyGood)
  await finals.take(answer({ id: OWN, state: 'unknown' }), anyGood)
  t.equal(finals.find(OWN)?.state, 'ready')
})

t.test('a credential that does not verify is not kept', async (t) => {
  const finals = await openFinals(createMemoryStore(), isOwn)
  await finals.take(answer({ id: OWN, state: 'ready', credential: FINAL }), () => false)
  t.equal(finals.find(OWN), undefined)
})

t.test('once on its card the credential is no longer kept, and that is known', async (t) => {
  const store = createMemoryStore()
  const finals = await openFinals(store, isOwn)
  await finals.take(answer({ id: OWN, state: 'ready', credential: FINAL }), anyGood)
  await finals.markUpgraded(OWN)
  t.equal(finals.find(OWN)?.credential, undefined)
  t.equal((await openFinals(store, isOwn)).find(OWN)?.state, 'ready')
  await finals.markUpgraded(OTHER)
  t.equal(finals.find(OTHER), undefined)
})

t.test(
  'who waits for an answer has it at once, or what is known when the time is up',
  async (t) => {
    const finals = await openFinals(createMemoryStore(), isOwn)
    const timers = createManualTimers()
    const soon = finals.wait(OTHER, timers, 250)
    await finals.take(answer({ id: OWN, state: 'waiting' }), anyGood)
    await finals.take(answer({ id: OTHER, state: 'waiting' }), anyGood)
    t.match(await soon, { state: 'waiting' })
    t.equal(timers.pending, 0)
    const late = finals.wait(OTHER, timers, 250)
    timers.advance(250)
    t.match(await late, { state: 'waiting' })
  },
)
