import t from 'tap'
import { openOutbox } from '../../../firmware/relay/outbox.ts'
import { createParcels } from '../../../firmware/relay/parcels.ts'
import { fromHex } from '../../../protocol/bytes.ts'
import { parseSign1 } from '../../../protocol/cose-sign1.ts'
import { envelopeSchema } from '../../../protocol/envelope.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { CHUNK, type Chunk, chunkSchema, joinChunks } from '../../../protocol/messages/chunk.ts'
import { ENROLMENT } from '../../../protocol/messages/enrolment.ts'
import { decodeRecord } from '../../../protocol/schema.ts'
import { verifySecp256k1 } from '../../../runtime/crypto.ts'
import { openMessenger } from '../../../runtime/messenger.ts'
import type { Transport } from '../../../runtime/transport.ts'
import { createWorld, openTrust } from '../../gateway/bench.ts'
import { ALDER, ALDER_KIOSK, demoStation } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'

const RECORD = '0a'.repeat(16)

type Sent = {
  readonly topic: string
  readonly type: string
  readonly body: Uint8Array
  readonly bytes: number
}

/** Parcels over a line that acknowledges, or breaks, as a test says. */
async function openBench(bodyBytes: number) {
  const store = createMemoryStore()
  const world = createWorld([ALDER, ALDER_KIOSK])
  const trust = await openTrust(store, world)
  const messenger = await openMessenger({
    ...{ station: demoStation(ALDER_KIOSK), trust, clock: world.clock, store },
    verify: verifySecp256k1,
  })
  const outbox = await openOutbox(store, () => world.clock.now().unix)
  const body = new Uint8Array(bodyBytes).fill(7)
  const { write, admit } = outbox.row(fromHex(RECORD), { type: ENROLMENT, isSealed: true, body })
  await store.commit({ writes: [write] })
  admit()
  const sent: Sent[] = []
  let breaksAfter = Number.POSITIVE_INFINITY
  const transport: Pick<Transport, 'publish'> = {
    async publish(topic, payload) {
      if (sent.length >= breaksAfter) throw new PersonhoodError('link.down', 'cut')
      const { type, body } = decodeRecord(envelopeSchema, parseSign1(payload).payload)
      sent.push({ topic, type, body, bytes: payload.length })
    },
  }
  let wholes = 0
  const parcels = createParcels({
    ...{ station: ALDER_KIOSK, messenger, outbox, transport: transport as Transport },
    onWhole: () => void wholes++,
  })
  return {
    ...{ parcels, outbox, sent },
    chunks: () => sent.filter(({ type }) => type === CHUNK).map(({ body }) => chunkOf(body)),
    breakAfter(messages: number) {
      breaksAfter = sent.length + messages
    },
    wholes: () => wholes,
  }
}

function chunkOf(body: Uint8Array): Chunk {
  return decodeRecord(chunkSchema, body)
}

t.test(
  'a short record goes whole, a long one in chunks below 4 KB that fit together',
  async (t) => {
    const short = await openBench(3000)
    await short.parcels.send(RECORD)
    t.match(short.sent, [{ type: ENROLMENT, topic: `pop/1/${ALDER}/k/k1/up/enrolment` }])
    const long = await openBench(7000)
    await long.parcels.send(RECORD)
    t.same(
      long.sent.map(({ topic }) => topic),
      [0, 1].map(() => `pop/1/${ALDER}/k/k1/up/chunk`),
    )
    t.ok(long.sent.every(({ bytes }) => bytes < 4096))
    t.match(long.chunks(), [{ type: ENROLMENT }, { type: ENROLMENT }])
    t.ok((joinChunks(long.chunks())?.length ?? 0) > 7000, 'sealed and whole')
  },
)

t.test('after a reset only the chunks without an acknowledgement go again', async (t) => {
  const { parcels, chunks, breakAfter } = await openBench(15_000)
  breakAfter(2)
  await t.rejects(parcels.send(RECORD), { code: 'link.down' })
  t.same(
    chunks().map(({ index }) => index),
    [0, 1],
  )
  breakAfter(Number.POSITIVE_INFINITY)
  await parcels.send(RECORD)
  t.same(
    chunks().map(({ index }) => index),
    [0, 1, 2, 3],
  )
  t.ok(joinChunks(chunks()), 'of one sealing')
  await parcels.send(RECORD)
  t.equal(chunks().length, 8, 'all was acknowledged and no receipt came: all of it goes again')
})

t.test('what the gateway lacks goes again, and of another sealing nothing', async (t) => {
  const { parcels, chunks } = await openBench(15_000)
  await parcels.send(RECORD)
  const [first] = chunks() as [Chunk]
  await parcels.resend(RECORD, { digest: first.digest, indices: [2, 9] })
  t.same(
    chunks()
      .slice(4)
      .map(({ index }) => index),
    [2],
  )
  await parcels.resend(RECORD, { digest: new Uint8Array(16), indices: [1] })
  await parcels.resend('0b'.repeat(16), { digest: first.digest, indices: [1] })
  t.equal(chunks().length, 5)
})

t.test(
  'a gateway that takes no chunks gets the record whole, until the next trust list',
  async (t) => {
    const { parcels, sent, wholes } = await openBench(7000)
    await parcels.send(RECORD)
    const other = { record: new Uint8Array(16), refusal: 'unknown-type' } as const
    const rows = [{ record: fromHex(RECORD), refusal: 'unknown-type' } as const, other]
    t.same(parcels.withoutChunks({ rows }), { rows: [other] }, 'the record is not refused by it')
    t.equal(wholes(), 1)
    await parcels.send(RECORD)
    t.match(sent.slice(2), [{ type: ENROLMENT }])
    t.same(parcels.withoutChunks({ rows }), { rows }, 'whole and unknown: that is a refusal')
    parcels.begin()
    await parcels.send(RECORD)
    t.match(sent.slice(3), [{ type: CHUNK }, { type: CHUNK }])
  },
)

t.test('a record with its receipt is forgotten', async (t) => {
  const { parcels, outbox, sent } = await openBench(7000)
  await parcels.send(RECORD)
  const rows = [{ record: fromHex(RECORD), logIndex: 1 }]
  await outbox.settle({ rows }, Uint8Array.of(1))
  await parcels.send(RECORD)
  t.equal(sent.length, 2)
  t.equal(outbox.waiting.length, 0)
  parcels.close()
})
