import t from 'tap'
import { type Outbox, openOutbox } from '../../../firmware/relay/outbox.ts'
import { outboxRowSchema } from '../../../firmware/relay/outbox-row.ts'
import { startSender } from '../../../firmware/relay/sender.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import type { Store } from '../../../runtime/store.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createManualTimers } from '../../runtime/manual-timers.ts'

const ENVELOPE = Uint8Array.of(0xe0)

function recordOf(number: number): Uint8Array {
  return new Uint8Array(16).fill(number)
}

async function open(store: Store) {
  return openOutbox(store, () => 1000)
}

async function put(store: Store, outbox: Awaited<ReturnType<typeof open>>, number: number) {
  const body = Uint8Array.of(number)
  const { write, admit } = outbox.row(recordOf(number), { type: 'enrolment', isSealed: true, body })
  await store.commit({ writes: [write] })
  admit()
}

async function putCounts(store: Store, outbox: Outbox, number: number) {
  const body = Uint8Array.of(number)
  const item = { type: 'tap-counts', isSealed: false, body }
  const { write, admit } = outbox.row(recordOf(number), item)
  await store.commit({ writes: [write] })
  admit()
}

t.test('rows survive a restart in their order', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  for (const number of [9, 3, 7]) await put(store, outbox, number)
  const again = await open(store)
  t.same(
    again.waiting.map(({ record }) => record),
    [9, 3, 7].map((n) => toHex(recordOf(n))),
  )
  await put(store, again, 1)
  t.equal((await open(store)).waiting.at(-1)?.record, toHex(recordOf(1)))
  t.match(await again.read(toHex(recordOf(3))), { type: 'enrolment', isSealed: true })
})

t.test(
  'small records go first, templates last, each in their order; also after a restart',
  async (t) => {
    const store = createMemoryStore()
    const outbox = await open(store)
    for (const number of [1, 2]) await put(store, outbox, number)
    for (const number of [3, 4]) await putCounts(store, outbox, number)
    const order = [3, 4, 1, 2].map((n) => toHex(recordOf(n)))
    t.same(
      outbox.waiting.map(({ record }) => record),
      order,
    )
    const again = await open(store)
    t.same(
      again.waiting.map(({ record }) => record),
      order,
    )
  },
)

t.test('a row of an older firmware, without a priority, is sent by what it weighs', async (t) => {
  const store = createMemoryStore()
  const old = { order: 1, queued: 1000, type: 'enrolment', isSealed: true, body: Uint8Array.of(1) }
  const value = encodeRecord(outboxRowSchema, old)
  const key = toHex(recordOf(1))
  await store.commit({ writes: [{ table: 'outbox', key, value }] })
  const outbox = await open(store)
  await putCounts(store, outbox, 2)
  t.same(
    outbox.waiting.map(({ record, order }) => [record, order]),
    [
      [toHex(recordOf(2)), 2],
      [key, 1],
    ],
  )
})

t.test('a slow line has four records on its way, a fast one a hundred', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  for (let n = 1; n <= 120; n++) await put(store, outbox, n)
  for (const [line, window] of Object.entries({ '2g': 4, lan: 100 }) as ['2g' | 'lan', number][]) {
    const sent: string[] = []
    const send = async (record: string) => void sent.push(record)
    const timers = createManualTimers()
    const sender = startSender({ outbox, timers, send, onFault: unexpected, line })
    sender.setConnected(true)
    t.equal(sent.length, window)
    sender.setConnected(false)
    sender.setConnected(true)
    t.same(sent.slice(window), sent.slice(0, window), 'again from the lowest without a receipt')
    sender.close()
  }
})

t.test('a row leaves by a receipt with a log index, which is kept', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  await put(store, outbox, 1)
  await put(store, outbox, 2)
  const rows = [
    { record: recordOf(1), logIndex: 42 },
    { record: recordOf(8), logIndex: 43 },
  ]
  t.same(await outbox.settle({ rows }, ENVELOPE), [toHex(recordOf(1))])
  t.equal(outbox.receipts, 1)
  t.equal(await outbox.logIndexOf(toHex(recordOf(1))), 42)
  t.equal(await outbox.logIndexOf(toHex(recordOf(8))), undefined)
  t.same(await outbox.settle({ rows }, ENVELOPE), [], 'the same receipt again')
  const again = await open(store)
  t.equal(again.receipts, 1)
  t.equal(again.waiting.length, 1)
})

t.test('a refused row moves aside whole, with its reason, and can be put back', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  await put(store, outbox, 1)
  await outbox.settle({ rows: [{ record: recordOf(1), refusal: 'unreadable' }] }, ENVELOPE)
  t.equal(outbox.waiting.length, 0)
  t.equal(outbox.refused, 1)
  t.equal((await open(store)).refused, 1)
  const key = toHex(recordOf(1))
  await outbox.retryRefused()
  t.equal(outbox.refused, 0)
  t.same((await outbox.read(key))?.body, Uint8Array.of(1))
  t.equal((await open(store)).waiting.length, 1)
})

t.test('a receipt settles what was refused before', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  await put(store, outbox, 1)
  const record = recordOf(1)
  await outbox.settle({ rows: [{ record, refusal: 'not-ours' }] }, ENVELOPE)
  t.same(await outbox.settle({ rows: [{ record, logIndex: 7 }] }, ENVELOPE), [toHex(record)])
  t.match(outbox, { refused: 0, receipts: 1 })
  const again = await open(store)
  t.match(again, { refused: 0, receipts: 1 })
  t.equal(await again.logIndexOf(toHex(record)), 7)
})

t.test(
  'a record refused for its time stays: the clocks differ, and it is signed anew',
  async (t) => {
    const store = createMemoryStore()
    const outbox = await open(store)
    await put(store, outbox, 1)
    const rows = [{ record: recordOf(1), refusal: 'expired' }] as const
    t.same(await outbox.settle({ rows }, ENVELOPE), [])
    t.match(outbox, { refused: 0, waiting: [{ record: toHex(recordOf(1)) }] })
  },
)

t.test('a full window waits; each receipt lets the next row go', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  for (let n = 1; n <= 5; n++) await put(store, outbox, n)
  const timers = createManualTimers()
  const sent: string[] = []
  const send = async (record: string) => void sent.push(record.slice(0, 2))
  const sender = startSender({
    outbox,
    timers,
    send,
    onFault: unexpected,
    window: 2,
    resendMs: 100,
  })
  t.same(sent, [], 'nothing while the line is down')
  sender.setConnected(true)
  t.same(sent, ['01', '02'])
  await outbox.settle({ rows: [{ record: recordOf(1), logIndex: 1 }] }, ENVELOPE)
  t.same(sent, ['01', '02', '03'])
  sender.close()
  t.equal(timers.pending, 0)
})

t.test('rows that get no receipt do not hold up those behind them', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  for (let n = 1; n <= 5; n++) await put(store, outbox, n)
  const timers = createManualTimers()
  const sent: string[] = []
  const send = async (record: string) => void sent.push(record.slice(0, 2))
  const options = { outbox, timers, send, onFault: unexpected, window: 2, resendMs: 100 }
  const sender = startSender(options)
  sender.setConnected(true)
  timers.advance(100)
  timers.advance(100)
  t.same([...new Set(sent)], ['01', '02', '03', '04', '05'])
  sender.close()
})

t.test('what has no receipt is sent again, ever more seldom', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  await put(store, outbox, 1)
  const timers = createManualTimers()
  let sendings = 0
  const send = async () => void sendings++
  const options = { outbox, timers, send, onFault: unexpected, resendMs: 100, longestResendMs: 400 }
  const sender = startSender(options)
  sender.setConnected(true)
  const seen: number[] = []
  for (let i = 0; i < 12; i++) {
    timers.advance(100)
    seen.push(sendings)
  }
  t.same(seen, [2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5])
  sender.setConnected(false)
  timers.advance(10_000)
  t.equal(sendings, 5)
  sender.setConnected(true)
  t.equal(sendings, 6, 'a new line begins at once')
  sender.close()
})

t.test('a row that cannot be sent is told, stays, and is tried again', async (t) => {
  const store = createMemoryStore()
  const outbox = await open(store)
  await put(store, outbox, 1)
  const timers = createManualTimers()
  const faults: unknown[] = []
  const send = () => Promise.reject(new Error('no key'))
  const onFault = (_: string, error: unknown) => void faults.push(error)
  const sender = startSender({ outbox, timers, send, onFault, resendMs: 100 })
  sender.setConnected(true)
  await new Promise((resolve) => setImmediate(resolve))
  timers.advance(100)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(faults.length, 2)
  t.equal(outbox.waiting.length, 1)
  sender.close()
})

function unexpected(record: string, error: unknown): void {
  throw new Error(`${record} was not sent: ${error}`)
}
