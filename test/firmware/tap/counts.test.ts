import t from 'tap'
import { openOutbox } from '../../../firmware/relay/outbox.ts'
import { openTapCounter } from '../../../firmware/tap/counts.ts'
import { tapCountsSchema } from '../../../protocol/messages/tap-counts.ts'
import { decodeRecord } from '../../../protocol/schema.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createFailingStore } from '../../runtime/failing-store.ts'

const NOON = 1_800_000_000 - (1_800_000_000 % 3600)

async function open(store: ReturnType<typeof createMemoryStore>, clock: { unix: number }) {
  const nowUnix = () => clock.unix
  const outbox = await openOutbox(store, nowUnix)
  return { outbox, counter: await openTapCounter({ store, outbox, nowUnix, random: randomBytes }) }
}

t.test('counts of an hour survive a restart and leave when the hour is over', async (t) => {
  const store = createMemoryStore()
  const clock = { unix: NOON + 10 }
  await (await open(store, clock)).counter.add('go')
  const { outbox, counter } = await open(store, clock)
  await counter.add('go')
  await counter.add('again')
  clock.unix = NOON + 3599
  await counter.flush()
  t.equal(outbox.waiting.length, 0)
  clock.unix = NOON + 3600
  await counter.flush()
  await counter.flush()
  t.equal(outbox.waiting.length, 1)
  const item = await outbox.read(outbox.waiting[0]?.record ?? '')
  t.same(decodeRecord(tapCountsSchema, item?.body ?? new Uint8Array()), {
    from: NOON,
    until: NOON + 3600,
    rows: [
      { outcome: 'go', count: 2 },
      { outcome: 'again', count: 1 },
    ],
  })
})

t.test('an hour without taps sends nothing; a late tap opens its own hour', async (t) => {
  const store = createMemoryStore()
  const clock = { unix: NOON }
  const { outbox, counter } = await open(store, clock)
  clock.unix = NOON + 7200
  await counter.flush()
  t.equal(outbox.waiting.length, 0)
  await counter.add('stop')
  clock.unix = NOON + 3 * 3600
  await counter.add('stop')
  t.equal(outbox.waiting.length, 1)
})

t.test('a full disk costs a count, never the hour', async (t) => {
  const inner = createMemoryStore()
  const clock = { unix: NOON }
  await (await open(inner, clock)).counter.add('go')
  const failing = createFailingStore(inner, { at: 1, when: 'before' })
  const { counter } = await open(failing, clock)
  await t.rejects(counter.add('go'), { code: 'store.failed' })
  const { outbox, counter: after } = await open(inner, clock)
  clock.unix = NOON + 3600
  await after.flush()
  const item = await outbox.read(outbox.waiting[0]?.record ?? '')
  t.match(decodeRecord(tapCountsSchema, item?.body ?? new Uint8Array()).rows, [{ count: 1 }])
})
