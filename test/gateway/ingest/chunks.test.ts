import t from 'tap'
import { KEEP_PARTS_S, MAX_PARTIAL_RECORDS, QUIET_MS } from '../../../gateway/ingest/chunks.ts'
import { TABLES } from '../../../gateway/records/rows.ts'
import { toHex } from '../../../protocol/bytes.ts'
import {
  CHUNK,
  CHUNKS_WANTED,
  type Chunk,
  chunkSchema,
  chunksOf,
  chunksWantedSchema,
} from '../../../protocol/messages/chunk.ts'
import { ENROLMENT, enrolmentSchema } from '../../../protocol/messages/enrolment.ts'
import { RECEIPT, type ReceiptRow, receiptSchema } from '../../../protocol/messages/receipt.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { ALDER } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createFailingStore } from '../../runtime/failing-store.ts'
import { createWorld, killDistrict, settle, startDistrict, until } from '../bench.ts'
import { connectKiosk, type Kiosk, type Made } from '../kiosk.ts'

/** An enrolment's sealed body in its chunks; sealed again, other ones. */
function chunked(kiosk: Kiosk, made: Made): readonly Chunk[] {
  const body = kiosk.messenger.bodyOf({
    ...{ type: ENROLMENT, to: ALDER, isSealed: true, correlation: made.record },
    body: encodeRecord(enrolmentSchema, made.enrolment),
  })
  const chunks = chunksOf(ENROLMENT, body)
  if (chunks === undefined) throw new Error(`${body.length} bytes go whole`)
  return chunks
}

async function put(kiosk: Kiosk, record: Uint8Array, chunk: Chunk): Promise<void> {
  const body = encodeRecord(chunkSchema, chunk)
  await kiosk.publish(CHUNK, kiosk.compose({ type: CHUNK, body, correlation: record }))
}

function receiptOf(kiosk: Kiosk, record: Uint8Array): readonly ReceiptRow[] {
  return kiosk.answers
    .filter(({ type }) => type === RECEIPT)
    .flatMap(({ body }) => decodeRecord(receiptSchema, body).rows)
    .filter((row) => toHex(row.record) === toHex(record))
}

async function openBench(t: Parameters<typeof startDistrict>[0]) {
  const world = createWorld()
  const store = createMemoryStore()
  const alder = await startDistrict(t, world, ALDER, { peers: [], store })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const parts = async () => (await store.range(TABLES.chunks)).map(({ key }) => key)
  return { world, store, alder, kiosk, parts }
}

for (const order of [
  [0, 1],
  [1, 0],
  [0, 0, 1, 1],
  [1, 1, 0],
]) {
  t.test(`chunks ${order.join()} of an enrolment: one receipt, for the whole`, async (t) => {
    const { world, alder, kiosk, parts } = await openBench(t)
    const made = await kiosk.make(1)
    const chunks = chunked(kiosk, made)
    t.equal(chunks.length, 2)
    for (const index of order) await put(kiosk, made.record, chunks[index] as Chunk)
    t.ok(await until(world, () => receiptOf(kiosk, made.record).length > 0, 3))
    t.ok(await settle(world, alder))
    t.same(receiptOf(kiosk, made.record)[0], { record: made.record, logIndex: 0 })
    t.equal(alder.gateway.state.counts.enrolments, 1)
    for (const chunk of chunks) await put(kiosk, made.record, chunk)
    await settle(world, alder)
    t.ok(receiptOf(kiosk, made.record).every(({ logIndex }) => logIndex === 0))
    t.equal(alder.gateway.state.counts.enrolments, 1, 'again changes nothing')
    if (order.length === 2) t.same(await parts(), [], 'nothing is left behind')
  })
}

t.test('parts outlive the gateway: only what is missing has to come', async (t) => {
  const { world, store, alder, kiosk } = await openBench(t)
  const made = await kiosk.make(1)
  const [first, second] = chunked(kiosk, made)
  await put(kiosk, made.record, first as Chunk)
  await settle(world, alder)
  await killDistrict(alder)
  const again = await startDistrict(t, world, ALDER, { peers: [], store })
  await put(kiosk, made.record, second as Chunk)
  t.ok(await until(world, () => receiptOf(kiosk, made.record).length === 1, 3))
  t.equal(again.gateway.state.counts.enrolments, 1)
})

t.test('a chunk that never came is asked for, once', async (t) => {
  const { world, alder, kiosk } = await openBench(t)
  const made = await kiosk.make(1)
  const [first, second] = chunked(kiosk, made) as [Chunk, Chunk]
  await put(kiosk, made.record, second)
  await settle(world, alder)
  await world.timers.advance(QUIET_MS - 1000)
  const asked = () => kiosk.answers.filter(({ type }) => type === CHUNKS_WANTED)
  t.equal(asked().length, 0, 'it may still be on its way')
  await world.timers.advance(3 * QUIET_MS)
  t.equal(asked().length, 1)
  t.same(asked()[0]?.correlation, made.record)
  t.same(decodeRecord(chunksWantedSchema, asked()[0]?.body ?? new Uint8Array()), {
    digest: first.digest,
    indices: [0],
  })
  await put(kiosk, made.record, first)
  t.ok(await until(world, () => receiptOf(kiosk, made.record).length === 1, 3))
})

t.test('a record that is sealed anew begins anew', async (t) => {
  const { world, kiosk, alder, parts } = await openBench(t)
  const made = await kiosk.make(1)
  const [old] = chunked(kiosk, made) as [Chunk, Chunk]
  const [first, second] = chunked(kiosk, made) as [Chunk, Chunk]
  await put(kiosk, made.record, old)
  await put(kiosk, made.record, second)
  await settle(world, alder)
  t.equal((await parts()).length, 1, 'what was of the first sealing is gone')
  await put(kiosk, made.record, first)
  t.ok(await until(world, () => receiptOf(kiosk, made.record).length === 1, 3))
})

t.test('so many records in parts, and for so long; other kiosks are none of it', async (t) => {
  const { world, kiosk, alder, parts } = await openBench(t)
  const neighbour = await connectKiosk(world, `${ALDER}/k2`)
  const theirs = await neighbour.make(2)
  await put(neighbour, theirs.record, chunked(neighbour, theirs)[0] as Chunk)
  const [chunk] = chunked(kiosk, await kiosk.make(1)) as [Chunk]
  for (let n = 0; n < MAX_PARTIAL_RECORDS + 5; n++) {
    await put(kiosk, randomBytes(16), chunk)
    world.clock.advance(1)
  }
  await settle(world, alder)
  const records = new Set((await parts()).map((key) => key.slice(0, key.lastIndexOf('/'))))
  t.equal(records.size, MAX_PARTIAL_RECORDS + 1)
  world.clock.advance(KEEP_PARTS_S + 1)
  await put(kiosk, randomBytes(16), chunk)
  await settle(world, alder)
  t.equal((await parts()).filter((key) => key.startsWith(kiosk.path)).length, 1)
  t.equal((await parts()).filter((key) => key.startsWith(neighbour.path)).length, 1)
})

t.test('chunks that make no body, and bodies that nobody takes, are refused, signed', async (t) => {
  const { world, kiosk, alder, parts } = await openBench(t)
  const made = await kiosk.make(1)
  const [first, second] = chunked(kiosk, made) as [Chunk, Chunk]
  const data = second.data.slice()
  data[0] = (data[0] ?? 0) ^ 1
  await put(kiosk, made.record, first)
  await put(kiosk, made.record, { ...second, data })
  t.ok(await until(world, () => receiptOf(kiosk, made.record).length === 1, 3))
  t.match(receiptOf(kiosk, made.record), [{ refusal: 'malformed' }])
  t.same(await parts(), [])
  const other = randomBytes(16)
  await put(kiosk, other, { ...first, type: 'lace-request' })
  t.ok(await until(world, () => receiptOf(kiosk, other).length === 1, 3))
  t.match(receiptOf(kiosk, other), [{ refusal: 'unknown-type' }])
  const noise = randomBytes(16)
  const body = Uint8Array.of(0xa1, 1, 2)
  await kiosk.publish(CHUNK, kiosk.compose({ type: CHUNK, body, correlation: noise }))
  t.ok(await until(world, () => receiptOf(kiosk, noise).length === 1, 3))
  t.match(receiptOf(kiosk, noise), [{ refusal: 'malformed' }])
  t.same(await parts(), [])
  t.equal(alder.gateway.state.counts.enrolments, 0)
})

t.test('a gateway that dies at any commit of it takes the enrolment once', async (t) => {
  let isEnd = false
  let at = 1
  for (; !isEnd; at++) {
    const when = at % 2 === 0 ? 'before' : 'after'
    const world = createWorld()
    const store = createMemoryStore()
    const opening = await startDistrict(t, world, ALDER, { peers: [], store })
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    const made = await kiosk.make(1)
    const chunks = chunked(kiosk, made)
    await killDistrict(opening)
    const failing = createFailingStore(store, { at, when })
    try {
      const dying = await startDistrict(t, world, ALDER, { peers: [], store: failing })
      for (const chunk of chunks) await put(kiosk, made.record, chunk)
      const isFinal = () => dying.gateway.state.counts.final === 1
      await until(world, () => isFinal() || failing.commits >= at, 20)
      isEnd = failing.commits < at
      await killDistrict(dying)
    } catch {
      // Dead while it started.
    }
    const again = await startDistrict(t, world, ALDER, { peers: [], store })
    const before = receiptOf(kiosk, made.record).length
    for (const chunk of chunks) await put(kiosk, made.record, chunk)
    t.ok(
      await until(world, () => receiptOf(kiosk, made.record).length > before, 3),
      `dead ${when} commit ${at}: a receipt after the restart`,
    )
    t.equal(again.gateway.state.counts.enrolments, 1)
    await killDistrict(again)
  }
  t.ok(at > 4, `commits up to ${at}`)
})
