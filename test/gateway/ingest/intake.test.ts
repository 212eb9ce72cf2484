import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { ENVELOPE_VERSION, type Envelope, signEnvelope } from '../../../protocol/envelope.ts'
import { ENROLMENT } from '../../../protocol/messages/enrolment.ts'
import { FINAL_REQUEST } from '../../../protocol/messages/final.ts'
import { LEASE_REQUEST } from '../../../protocol/messages/lease.ts'
import { RECEIPT, receiptSchema } from '../../../protocol/messages/receipt.ts'
import { TAP_COUNTS, tapCountsSchema } from '../../../protocol/messages/tap-counts.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { kioskUp } from '../../../protocol/topics.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { ALDER, DEMO_NOW } from '../../kit/demo-trust.ts'
import { seededWords } from '../../kit/iris-codes.ts'
import { createWorld, quickStation, startDistrict, until } from '../bench.ts'
import { connectKiosk, type Kiosk } from '../kiosk.ts'

const TAPS = encodeRecord(tapCountsSchema, {
  from: DEMO_NOW - 100,
  until: DEMO_NOW,
  rows: [{ outcome: 'go', count: 12 }],
})

async function refusalOf(kiosk: Kiosk, correlation: Uint8Array) {
  const answer = await kiosk.answerTo(correlation, RECEIPT)
  const rows = answer ? decodeRecord(receiptSchema, answer.body).rows : []
  return rows.find(({ record }) => toHex(record) === toHex(correlation))?.refusal
}

function envelope(changes: Partial<Envelope>): Envelope {
  return {
    version: ENVELOPE_VERSION,
    type: TAP_COUNTS,
    sequence: 1,
    epoch: 1,
    issued: DEMO_NOW,
    ttlS: 3600,
    to: ALDER,
    correlation: randomBytes(16),
    body: TAPS,
    ...changes,
  }
}

t.test('tap counts are kept and receipted, once', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const correlation = randomBytes(16)
  for (let times = 1; times <= 2; times++) {
    await kiosk.publish(TAP_COUNTS, kiosk.compose({ type: TAP_COUNTS, body: TAPS, correlation }))
    await until(world, () => kiosk.answers.length === times)
  }
  const rows = kiosk.answers.map(({ body }) => decodeRecord(receiptSchema, body).rows[0])
  t.same(
    rows.map((row) => row?.logIndex),
    [0, 0],
  )
  t.same(await alder.store.get('tap-counts', toHex(correlation)), TAPS)
})

t.test('every fault of an envelope from a known kiosk has a signed, coded answer', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const relay = quickStation(`${ALDER}/k1`).signer('relay')
  const cases = [
    { reason: 'expired', message: envelope({ issued: DEMO_NOW - 9000 }), signer: relay },
    { reason: 'expired', message: envelope({ issued: DEMO_NOW + 9000 }), signer: relay },
    { reason: 'not-ours', message: envelope({ to: 'demo.east.lime.birch' }), signer: relay },
    { reason: 'unknown-type', message: envelope({ version: 9 }), signer: relay },
    { reason: 'malformed', message: envelope({ body: Uint8Array.of(1, 2) }), signer: relay },
  ] as const
  for (const { reason, message, signer } of cases) {
    await kiosk.publish(TAP_COUNTS, signEnvelope(message, signer))
    t.equal(await refusalOf(kiosk, message.correlation ?? fromHex('')), reason)
  }
  t.equal(alder.gateway.state.counts.refused, cases.length)
  t.equal(alder.gateway.state.leaves, 0)
})

t.test("nobody gets a signed refusal of another kiosk's record", async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { kid } = quickStation(`${ALDER}/k1`).signer('relay')
  const forger = { kid, sign: quickStation(`${ALDER}/k2`).signer('relay').sign }
  // Whoever sees the line knows the record, and may carry a good message to another topic.
  const correlation = randomBytes(16)
  const good = kiosk.compose({ type: TAP_COUNTS, body: TAPS, correlation })
  await kiosk.publish(TAP_COUNTS, signEnvelope(envelope({ correlation }), forger))
  await kiosk.publish(ENROLMENT, good)
  await kiosk.transport.publish(kioskUp(ALDER, 'k2', TAP_COUNTS), good)
  t.ok(await until(world, () => alder.gateway.state.counts.refused === 3))
  t.same(kiosk.answers, [])
  await kiosk.publish(TAP_COUNTS, good)
  t.equal(await refusalOf(kiosk, correlation), undefined)
  t.equal(kiosk.answers.length, 1)
})

t.test('a type that nobody knows, or a malformed request, is refused by name', async (t) => {
  const world = createWorld()
  await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  for (const [type, reason] of [
    ['dance', 'unknown-type'],
    [LEASE_REQUEST, 'malformed'],
    [FINAL_REQUEST, 'malformed'],
    [TAP_COUNTS, 'malformed'],
  ] as const) {
    const correlation = randomBytes(16)
    await kiosk.publish(type, kiosk.compose({ type, body: Uint8Array.of(0x81, 0), correlation }))
    t.equal(await refusalOf(kiosk, correlation), reason, type)
  }
})

t.test("a kiosk cannot speak on another's topic, nor a stranger on any", async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const [k1, k2] = [
    await connectKiosk(world, `${ALDER}/k1`),
    await connectKiosk(world, `${ALDER}/k2`),
  ]
  const correlation = randomBytes(16)
  const message = k2.compose({ type: TAP_COUNTS, body: TAPS, correlation })
  await k2.transport.publish(kioskUp(ALDER, 'k1', TAP_COUNTS), message)
  t.ok(await until(world, () => alder.gateway.state.counts.refused === 1))
  t.same([...k1.answers, ...k2.answers], [], "the topic is in nobody's signature")
  const stranger = quickStation('demo.east.lime.alder/k9').signer('relay')
  await k1.publish(TAP_COUNTS, signEnvelope(envelope({}), stranger))
  const birch = quickStation('demo.east.lime.birch/k1').signer('relay')
  await k1.publish(TAP_COUNTS, signEnvelope(envelope({}), birch))
  t.ok(await until(world, () => alder.gateway.state.counts.refused === 3))
  t.same(k1.answers, [], 'nobody is told what a stranger did')
})

t.test('many bad messages take no memory, and the next good one is taken', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const next = seededWords(5)
  const good = kiosk.compose({ type: TAP_COUNTS, body: TAPS, correlation: randomBytes(16) })
  const noise = () => {
    const bad = good.slice()
    for (let n = 0; n < 3; n++) bad[next() % bad.length] = next() & 0xff
    return next() % 4 === 0 ? bad.slice(0, next() % bad.length) : bad
  }
  const heapAfter = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const topic = `pop/1/${ALDER}/k/k${next()}/up/${next()}`
      await alder.transport.publish(n % 2 === 0 ? topic : kioskUp(ALDER, 'k1', TAP_COUNTS), noise())
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    ;(world.bus(ALDER).messages as unknown[]).length = 0
    ;(kiosk.answers as unknown[]).length = 0
    alder.warnings.length = 0
    collect()
    return process.memoryUsage().heapUsed
  }
  const isFull = process.env['PERSONHOOD_TEST_FULL'] === '1'
  const warm = await heapAfter(1000)
  const hot = await heapAfter(isFull ? 100_000 : 4000)
  t.ok(hot - warm < 2_000_000, `${hot - warm} bytes more`)
  t.ok(alder.gateway.state.counts.refused > 3000, `${alder.gateway.state.counts.refused}`)
  t.ok(alder.gateway.state.traffic.types.length < 12, 'names from outside are not kept')
  t.equal((await kiosk.enrol(1)).receipt?.refusal, undefined)
  t.same(alder.failures, [])
})
