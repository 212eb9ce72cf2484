import t from 'tap'
import { leafRow, quotaRow, TABLES, workRow } from '../../../gateway/records/rows.ts'
import { irisReference } from '../../../protocol/biometric-reference.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { type CborValue, encodeCbor } from '../../../protocol/cbor.ts'
import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'
import {
  DUP_ANSWER,
  DUP_CASE,
  DUP_QUERY,
  dupAnswerSchema,
  dupCaseSchema,
  dupQuerySchema,
} from '../../../protocol/messages/duplicate.ts'
import { RECEIPT, receiptSchema } from '../../../protocol/messages/receipt.ts'
import { commitCapture } from '../../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { ALDER, BIRCH, DEMO_NOW, demoTrustBody, demoTrustList } from '../../kit/demo-trust.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'
import { quickStation, STATIONS, until } from '../bench.ts'
import { connectKiosk } from '../kiosk.ts'
import { capture } from '../people.ts'
import { bench, caseOf, isUntold, query } from './played-peer.ts'

t.test('a stranger is none, over the whole gallery', async (t) => {
  const { birch } = await bench(t)
  t.same(await birch.ask(query(capture(2))), {
    verdict: 'none',
    coverage: { searched: 1, known: 1 },
  })
})

t.test(
  'a resident is a candidate without a score; scores travel sealed, until confirmed',
  async (t) => {
    const { world, alder, birch, resident } = await bench(t)
    const correlation = randomBytes(16)
    const answer = await birch.ask(query(capture(1, 4)), correlation)
    t.same(answer, { verdict: 'candidate', coverage: { searched: 1, known: 1 } })
    const first = await birch.next(DUP_CASE, correlation)
    const body = first && birch.messenger.openSealed(first)
    const told = body && decodeRecord(dupCaseSchema, body)
    t.equal(told && toHex(told.record), toHex(resident.record))
    t.ok((told?.left?.commonBits ?? 0) > 4096 && (told?.right?.commonBits ?? 0) > 4096)
    t.not(
      first && birch.messenger.openSealed({ ...first, type: DUP_ANSWER }),
      body,
      'bound to its type',
    )

    await world.advance(40)
    t.ok(await birch.next(DUP_CASE, correlation, 2), 'told again')
    const rows = [{ record: resident.record, logIndex: 1 }]
    const receipt = encodeRecord(receiptSchema, { rows })
    await birch.publish(RECEIPT, birch.compose({ type: RECEIPT, body: receipt, correlation }))
    t.ok(await until(world, async () => !(await isUntold(alder.store))))
    const count = birch.heard.length
    await world.advance(1000)
    t.equal(birch.heard.filter(({ type }) => type === DUP_CASE).length, 2, `${count} messages`)
    t.equal(alder.gateway.state.counts.openCases, 1)
  },
)

t.test('the same query gets the same answer, one leaf and one case', async (t) => {
  const { world, alder, birch } = await bench(t)
  const correlation = randomBytes(16)
  const asked = query(capture(1, 4))
  const first = await birch.ask(asked, correlation)
  const second = await birch.ask(asked, correlation, 2)
  t.same(first, second)
  const other = await birch.ask(query(capture(3)), correlation, 3)
  t.equal(other?.verdict, 'refused', 'another question under the same name')
  await world.timers.advance(1000)
  const leaves = (await alder.store.range(TABLES.leaves)).map(
    ({ value }) => decodeRecord(leafRow, value).type,
  )
  t.equal(leaves.filter((type) => type === 'answer').length, 1)
  t.equal(leaves.filter((type) => type === 'case').length, 1)
  t.equal(alder.gateway.state.cases.length, 1)
})

t.test('no probe rests in the store after its answer', async (t) => {
  const { alder, birch } = await bench(t)
  const before = (await alder.store.range('gallery')).length
  await birch.ask(query(capture(2)))
  await birch.ask(query(capture(1, 4)))
  t.equal((await alder.store.range('gallery')).length, before)
  for (const table of Object.values(TABLES)) {
    for (const { key, value } of await alder.store.range(table)) {
      t.ok(value.length < 1024, `${table} ${key} has ${value.length} bytes`)
    }
  }
})

t.test(
  'a query is refused without an honest capture of a kiosk of the asking district',
  async (t) => {
    const { birch } = await bench(t)
    const honest = query(capture(2))
    for (const [what, asked] of [
      ['a kiosk of another district', query(capture(2), `${ALDER}/k1`)],
      ['a kiosk that nobody knows', query(capture(2), `${BIRCH}/k7`)],
      ['a commitment to other references', { ...honest, references: capture(3) }],
      ['no commitment', { ...honest, commitment: new Uint8Array(80) }],
      ['nothing to compare', query([])],
    ] as const) {
      t.same(
        await birch.ask(asked),
        { verdict: 'refused', coverage: { searched: 0, known: 0 } },
        what,
      )
    }
    t.equal((await birch.ask({ ...honest, deadline: DEMO_NOW }))?.verdict, 'expired')
    t.equal((await birch.ask(honest))?.verdict, 'none')
  },
)

t.test("a kiosk's searches are counted, and refused above the day's number", async (t) => {
  const { alder, birch, world } = await bench(t)
  const day = Math.floor(DEMO_NOW / DAY_S)
  const write = {
    table: TABLES.quotas,
    key: `query/${BIRCH}/k1`,
    value: encodeRecord(quotaRow, { day, count: 999 }),
  }
  await alder.store.commit({ writes: [write] })
  t.equal((await birch.ask(query(capture(2))))?.verdict, 'none')
  const late = { ...query(capture(3)), deadline: DEMO_NOW + 30 * DAY_S }
  t.equal((await birch.ask(late))?.verdict, 'refused')
  world.clock.advance(DAY_S)
  t.equal((await birch.ask(late))?.verdict, 'none', 'the next day')
})

t.test('searches under way count for the quota of their kiosk', async (t) => {
  const { alder, birch } = await bench(t)
  const day = Math.floor(DEMO_NOW / DAY_S)
  const value = encodeRecord(quotaRow, { day, count: 998 })
  await alder.store.commit({ writes: [{ table: TABLES.quotas, key: `query/${BIRCH}/k1`, value }] })
  const answers = await Promise.all([2, 3, 4, 5].map((person) => birch.ask(query(capture(person)))))
  t.same(answers.map((answer) => answer?.verdict).sort(), ['none', 'none', 'refused', 'refused'])
})

t.test('a probe of a kiosk that was revoked is refused', async (t) => {
  const { alder, birch } = await bench(t)
  const { kid } = quickStation(`${BIRCH}/k1`).signer('provisional')
  const revoked = demoTrustBody(STATIONS, 2, [{ kid, throughLogIndex: 100 }])
  await alder.trust.offer(demoTrustList(revoked))
  t.equal((await birch.ask(query(capture(2))))?.verdict, 'refused')
})

t.test('who cannot be compared with everyone is undecided, over the whole gallery', async (t) => {
  const { world, alder, birch } = await bench(t)
  const [upper, lower] = [0, 64].map((from) => {
    const mask = new Uint32Array(256).fill(0xff_ff_ff_ff, from, from + 64)
    return [irisReference('left', randomTemplate(from + 7, mask), 40)]
  })
  if (upper === undefined || lower === undefined) throw new Error('two halves')
  const kiosk = await connectKiosk(world, `${ALDER}/k2`)
  const signer = quickStation(`${ALDER}/k2`).signer('provisional')
  const commitment = commitCapture(upper, DEMO_NOW, signer)
  const { receipt } = await kiosk.enrol(9, { enrolment: { references: upper, commitment } })
  t.ok(receipt?.logIndex)
  t.same(await birch.ask(query(lower)), {
    verdict: 'undecided',
    coverage: { searched: 2, known: 2 },
  })
  const alike = commitCapture(lower, DEMO_NOW, signer)
  const made = await kiosk.enrol(10, { enrolment: { references: lower, commitment: alike } })
  const own = async () => {
    const value = await alder.store.get(TABLES.work, toHex(made.record))
    return value && decodeRecord(workRow, value).own?.verdict
  }
  t.ok(await until(world, async () => (await own()) !== undefined))
  t.equal(await own(), 'undecided')
})

t.test('what is not sealed to us, or does not come from its own inbox, is refused', async (t) => {
  const { alder, birch } = await bench(t)
  const correlation = randomBytes(16)
  const body = encodeRecord(dupQuerySchema, query(capture(1)))
  await birch.publish(DUP_QUERY, birch.compose({ type: DUP_QUERY, body, correlation }))
  const answer = await birch.next(DUP_ANSWER, correlation)
  t.equal(answer && decodeRecord(dupAnswerSchema, answer.body).verdict, 'refused')

  const elsewhere = randomBytes(16)
  const sealed = birch.compose({ type: DUP_QUERY, body, correlation: elsewhere, isSealed: true })
  await birch.publish(DUP_QUERY, sealed, ALDER)
  t.equal(await birch.next(RECEIPT, elsewhere), undefined, 'who put it there is not known')

  const unknown = randomBytes(16)
  await birch.publish('gossip', birch.compose({ type: 'gossip', body, correlation: unknown }))
  const named = await birch.next(RECEIPT, unknown)
  t.equal(named && decodeRecord(receiptSchema, named.body).rows[0]?.refusal, 'unknown-type')
  t.same(alder.failures, [])
})

t.test('answers, cases and receipts that nobody asked for change nothing', async (t) => {
  const { world, alder, birch, resident } = await bench(t)
  const stranger = randomBytes(16)
  const none = encodeRecord(dupAnswerSchema, {
    verdict: 'none',
    coverage: { searched: 5, known: 5 },
  })
  for (const [type, body] of [
    [DUP_ANSWER, none],
    [DUP_ANSWER, Uint8Array.of(0x80)],
    [RECEIPT, Uint8Array.of(0x80)],
    [RECEIPT, encodeRecord(receiptSchema, { rows: [{ record: stranger, logIndex: 4 }] })],
  ] as const) {
    await birch.publish(type, birch.compose({ type, body, correlation: stranger }))
  }
  const record = randomBytes(16)
  const body = caseOf(record)
  const about = (correlation: Uint8Array) =>
    birch.compose({ type: DUP_CASE, body, correlation, isSealed: true })
  await birch.publish(DUP_CASE, about(stranger))
  const refused = await birch.next(RECEIPT, stranger)
  t.equal(refused && decodeRecord(receiptSchema, refused.body).rows[0]?.refusal, 'not-ours')
  t.equal(alder.gateway.state.counts.openCases, 0)
  t.equal(alder.gateway.state.counts.waiting, 1)

  await birch.publish(DUP_CASE, about(resident.record))
  const taken = await birch.next(RECEIPT, resident.record)
  t.ok(taken && decodeRecord(receiptSchema, taken.body).rows[0]?.logIndex)
  t.ok(await until(world, () => alder.gateway.state.counts.secondLook === 1))
  t.ok(
    (alder.gateway.state.cases[0]?.deadline ?? 0) > DEMO_NOW,
    'our own deadline, whatever the peer wrote',
  )
  for (let n = 0; n < 9; n++) {
    const more = caseOf(randomBytes(16))
    const message = { type: DUP_CASE, body: more, correlation: resident.record, isSealed: true }
    await birch.publish(DUP_CASE, birch.compose(message))
  }
  await birch.next(RECEIPT, resident.record, 10)
  t.equal(alder.gateway.state.counts.openCases, 8, 'a peer cannot bury the reviewers')
})

t.test('a case whose scores are no candidate of any gallery holds nobody up', async (t) => {
  const { alder, birch, resident } = await bench(t)
  // One step above what the smallest gallery, whose thresholds are the widest, calls a candidate.
  const { bothEyes } = duplicateThresholds(1)
  const different = { numeratorBits: (bothEyes + 1) * 16, commonBits: 16_384 }
  const fewBits = { numeratorBits: 0, commonBits: 4095 }
  for (const scores of [{}, { left: different, right: different }, { left: fewBits }]) {
    const body = caseOf(randomBytes(16), scores)
    const message = { type: DUP_CASE, body, correlation: resident.record, isSealed: true }
    await birch.publish(DUP_CASE, birch.compose(message))
  }
  const answer = await birch.next(RECEIPT, resident.record, 3)
  t.equal(answer && decodeRecord(receiptSchema, answer.body).rows[0]?.refusal, 'malformed')
  t.match(alder.gateway.state.counts, { openCases: 0, secondLook: 0, waiting: 1 })
})

t.test(
  'a peer that claims to have searched more persons than there are stops nothing',
  async (t) => {
    const { world, alder, birch, resident } = await bench(t)
    const kiosk = await connectKiosk(world, `${ALDER}/k2`)
    const next = await kiosk.enrol(2)
    for (const { record } of [resident, next]) t.ok(await birch.next(DUP_QUERY, record))
    const most = Number.MAX_SAFE_INTEGER
    const huge = encodeCbor(
      new Map<number, CborValue>([
        [1, 0],
        [
          2,
          new Map<number, CborValue>([
            [1, most],
            [2, most],
          ]),
        ],
      ]),
    )
    const body = encodeRecord(dupAnswerSchema, {
      verdict: 'none',
      coverage: { searched: 3, known: 3 },
    })
    await birch.publish(
      DUP_ANSWER,
      birch.compose({ type: DUP_ANSWER, body: huge, correlation: next.record }),
    )
    for (const { record } of [resident, next]) {
      await birch.publish(
        DUP_ANSWER,
        birch.compose({ type: DUP_ANSWER, body, correlation: record }),
      )
    }
    t.ok(await until(world, () => alder.gateway.state.counts.final === 2))
    t.same(alder.failures, [])
  },
)

t.test('a peer that says refused or undecided is asked again in an hour', async (t) => {
  const { world, alder, birch, resident } = await bench(t)
  t.ok(await birch.next(DUP_QUERY, resident.record))
  const say = async (verdict: 'refused' | 'undecided' | 'none' | 'later', searched: number) => {
    const body = encodeRecord(dupAnswerSchema, {
      verdict,
      coverage: { searched, known: 9 },
      ...(verdict === 'later' ? { deadline: world.clock.now().unix + 3600 } : {}),
    })
    const message = { type: DUP_ANSWER, body, correlation: resident.record }
    const handled = alder.gateway.state.traffic.types.find(({ type }) => type === DUP_ANSWER)
    const count = handled?.received ?? 0
    await birch.publish(DUP_ANSWER, birch.compose(message))
    const row = () => alder.gateway.state.traffic.types.find(({ type }) => type === DUP_ANSWER)
    await until(world, () => (row()?.received ?? 0) > count)
    // What `later` changes is not in the store: two commits' time is enough for it.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const queries = () => birch.heard.filter(({ type }) => type === DUP_QUERY).length
  for (const [verdict, searched] of [
    ['refused', 0],
    ['undecided', 4],
    ['none', 8],
    ['later', 0],
  ] as const) {
    await say(verdict, searched)
    t.equal(alder.gateway.state.counts.waiting, 1, `${verdict} is not none`)
    const before = queries()
    await world.advance(3500)
    t.equal(queries(), before, 'not within the hour')
    await world.advance(200)
    await until(world, () => queries() > before)
    t.ok(queries() > before, `asked again after ${verdict}`)
  }
  await say('none', 9)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
})
