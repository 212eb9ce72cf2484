import t from 'tap'
import { codeReferences } from '../../../biometrics/iris/coder/coded-reference.ts'
import { quotaRow, TABLES } from '../../../gateway/records/rows.ts'
import { BiometricBytes } from '../../../protocol/biometric.ts'
import {
  type BiometricReference,
  irisReference,
  MAX_REFERENCE_BYTES,
} from '../../../protocol/biometric-reference.ts'
import { concat, toHex } from '../../../protocol/bytes.ts'
import { ENROLMENT, enrolmentSchema } from '../../../protocol/messages/enrolment.ts'
import { RECEIPT, receiptSchema } from '../../../protocol/messages/receipt.ts'
import { commitCapture } from '../../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { ALDER } from '../../kit/demo-trust.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'
import { LIVING } from '../../kit/presentations.ts'
import { createWorld, quickStation, settle, startDistrict, until } from '../bench.ts'
import { connectKiosk, type EnrolOptions, type Kiosk } from '../kiosk.ts'
import { capture } from '../people.ts'

t.test('the same record again gets the same receipt, and is one enrolment', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const made = await kiosk.make(1)
  const receipts = [await kiosk.send(made), await kiosk.send(made), await kiosk.send(made)]
  t.same(
    receipts.map((row) => [row?.logIndex, row?.refusal]),
    [
      [0, undefined],
      [0, undefined],
      [0, undefined],
    ],
  )
  await settle(world, alder)
  t.equal(alder.gateway.state.counts.enrolments, 1)
})

t.test(
  'what the kiosk saw of the eyes is kept and shown, and nothing where it did not look',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER, { peers: [] })
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    const seen = {
      ...LIVING,
      outcome: 'exception',
      reason: 'reflex-absent',
      isConfirmed: true,
    } as const
    await kiosk.enrol(1)
    await kiosk.enrol(2, { enrolment: { presentation: [seen] } })
    const { version: _, ...shown } = seen
    t.same(
      alder.gateway.state.enrolments.map(({ presentation }) => presentation),
      [[shown], []],
    )
  },
)

t.test('a case shows what the kiosk saw of the enrolment in question', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  const seen = { ...LIVING, outcome: 'suspect', isConfirmed: true } as const
  await kiosk.enrol(1, { captureNumber: 2, enrolment: { presentation: [seen] } })
  await settle(world, alder)
  t.match(alder.gateway.state.cases, [{ ownPresentation: [{ outcome: 'suspect', looks: 1 }] }])
})

t.test('another body, or another kiosk, under the same record is refused', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const [k1, k2] = [
    await connectKiosk(world, `${ALDER}/k1`),
    await connectKiosk(world, `${ALDER}/k2`),
  ]
  const { record } = await k1.enrol(1)
  t.equal((await k1.enrol(2, { record })).receipt?.refusal, 'not-ours')
  t.equal((await k2.enrol(3, { record })).receipt?.refusal, 'not-ours')
  t.equal(alder.gateway.state.counts.enrolments, 1)
})

t.test(
  'an enrolment over the quota is held without a receipt, and taken the next day',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER, { peers: [] })
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    const day = Math.floor(world.clock.now().unix / DAY_S)
    await alder.store.commit({
      writes: [
        {
          table: TABLES.quotas,
          key: `kiosk/${ALDER}/k1`,
          value: encodeRecord(quotaRow, { day, count: 199 }),
        },
      ],
    })
    t.equal((await kiosk.enrol(1)).receipt?.logIndex, 0, 'the last one of the day')
    const held = await kiosk.make(2)
    world.patienceMs = 300
    t.equal(await kiosk.send(held), undefined)
    t.equal(await kiosk.send(held), undefined)
    t.equal(alder.gateway.state.counts.held, 1)
    t.equal(alder.gateway.state.counts.refused, 0)
    world.patienceMs = 10_000
    world.clock.advance(DAY_S)
    t.ok((await kiosk.send(held))?.logIndex !== undefined)
    t.equal(alder.gateway.state.counts.held, 0)
  },
)

t.test('a record that was long under way is an enrolment all the same', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const made = await kiosk.make(1)
  world.clock.advance(45 * DAY_S)
  t.equal((await kiosk.send(made))?.refusal, undefined, 'its provisional credential has expired')
  t.equal(alder.gateway.state.counts.enrolments, 1)
})

const WRONG: readonly {
  readonly what: string
  readonly reason: string
  readonly options: (kiosk: Kiosk) => EnrolOptions
}[] = [
  {
    what: "a credential by another kiosk's key",
    reason: 'not-ours',
    options: () => ({ signWith: `${ALDER}/k2` }),
  },
  {
    what: 'a credential by a key that nobody knows',
    reason: 'wrong-signature',
    options: () => ({ signWith: `${ALDER}/k9` }),
  },
  {
    what: 'a status index that was not leased',
    reason: 'not-ours',
    options: () => ({ credential: { status: { list: 77, index: 5 } } }),
  },
  {
    what: 'a card that the credential is not bound to',
    reason: 'malformed',
    options: () => ({
      enrolment: { card: { uid: new Uint8Array(7), r: new Uint8Array(16).fill(3) } },
    }),
  },
  {
    what: 'a provisional credential of two months',
    reason: 'malformed',
    options: () => ({ credential: { expires: 1_800_000_000 + 60 * DAY_S } }),
  },
  {
    what: 'a credential from the future, for which the time will come',
    reason: 'expired',
    options: () => ({
      credential: { issued: 1_800_000_000 + DAY_S, expires: 1_800_000_000 + 9 * DAY_S },
    }),
  },
  {
    what: 'a final credential by a kiosk',
    reason: 'wrong-signature',
    options: () => ({ credential: { stage: 'final' } }),
  },
  {
    what: 'a provisional credential that states more than a kiosk can know',
    reason: 'not-ours',
    options: () => ({ credential: { assurance: 3 } }),
  },
  {
    what: 'references that the capture commitment does not bind',
    reason: 'wrong-signature',
    options: () => ({ enrolment: { references: capture(8) } }),
  },
  {
    what: "a capture commitment by another kiosk's key",
    reason: 'wrong-signature',
    options: () => ({
      enrolment: {
        commitment: commitCapture(
          capture(1),
          1_800_000_000,
          quickStation(`${ALDER}/k2`).signer('provisional'),
        ),
      },
    }),
  },
  {
    what: 'no bytes of a credential',
    reason: 'malformed',
    options: () => ({ enrolment: { credential: new Uint8Array(20) } }),
  },
  {
    what: 'nothing that could be compared',
    reason: 'malformed',
    options: () => ({ enrolment: { references: [] } }),
  },
  {
    what: 'an eye behind a closed lid',
    reason: 'malformed',
    options: () => ({
      enrolment: {
        references: [irisReference('left', randomTemplate(5, new Uint32Array(256).fill(1)), 3)],
      },
    }),
  },
]

t.test('what is wrong with an enrolment is said in a signed refusal', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  for (const { what, reason, options } of WRONG) {
    const { receipt } = await kiosk.enrol(1, options(kiosk))
    t.same([receipt?.refusal, receipt?.logIndex], [reason, undefined], what)
  }
  t.equal(alder.gateway.state.counts.refused, WRONG.length)
  t.equal(alder.gateway.state.counts.enrolments, 0)
  t.equal(alder.gateway.state.leaves, 0)
  t.equal((await kiosk.enrol(1)).receipt?.logIndex, 0, 'and an honest one still goes through')
  t.same(alder.failures, [])
})

t.test("a record that another kiosk sends again is not that kiosk's", async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const [k1, k2] = [
    await connectKiosk(world, `${ALDER}/k1`),
    await connectKiosk(world, `${ALDER}/k2`),
  ]
  const made = await k1.enrol(1)
  t.equal(made.receipt?.logIndex, 0)
  t.equal((await k2.send(made))?.refusal, 'not-ours')
  t.equal(alder.gateway.state.counts.enrolments, 1)
})

t.test('a status index and a credential identifier are used once', async (t) => {
  const world = createWorld()
  await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { credential } = await kiosk.enrol(1)
  const again = await kiosk.enrol(2, { credential: { status: credential.status } })
  t.equal(again.receipt?.refusal, 'malformed')
  const same = await kiosk.enrol(3, { credential: { id: credential.id } })
  t.equal(same.receipt?.refusal, 'malformed')
})

t.test('a body that is not sealed to us, or sealed and broken, is unreadable', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { enrolment } = await kiosk.make(1)
  const plain = encodeRecord(enrolmentSchema, enrolment)
  for (const [body, reason] of [
    [plain, 'unreadable'],
    [new Uint8Array(100), 'unreadable'],
  ] as const) {
    const correlation = crypto.getRandomValues(new Uint8Array(16))
    await kiosk.publish(ENROLMENT, kiosk.compose({ type: ENROLMENT, body, correlation }))
    const answer = await kiosk.answerTo(correlation, RECEIPT)
    const [row] = answer ? decodeRecord(receiptSchema, answer.body).rows : []
    t.equal(row?.refusal, reason)
    t.equal(row && toHex(row.record), toHex(correlation))
  }
  const correlation = crypto.getRandomValues(new Uint8Array(16))
  const body = Uint8Array.of(0xa0)
  const sealed = kiosk.compose({ type: ENROLMENT, body, correlation, isSealed: true })
  await kiosk.publish(ENROLMENT, sealed)
  const answer = await kiosk.answerTo(correlation, RECEIPT)
  t.equal(answer && decodeRecord(receiptSchema, answer.body).rows[0]?.refusal, 'malformed')
  t.equal(await until(world, () => alder.gateway.state.counts.refused === 3), true)
})

t.test('templates travel plain or coded, and what is kept and compared is the same', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const plain = await kiosk.enrol(1)
  t.type(plain.receipt?.logIndex, 'number')
  const coded = await kiosk.make(1, { captureNumber: 1 })
  const references = codeReferences(coded.enrolment.references)
  t.same(
    references.map(({ formatId }) => formatId),
    ['iris-coded', 'iris-coded'],
  )
  const receipt = await kiosk.send({ ...coded, enrolment: { ...coded.enrolment, references } })
  t.type(receipt?.logIndex, 'number')
  t.equal(
    await until(world, () => alder.gateway.state.counts.secondLook === 1),
    true,
    'the same person, found among plain ones',
  )
})

t.test(
  'a coded template that is cut, changed, of another coding or huge is malformed',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER, { peers: [] })
    const kiosk = await connectKiosk(world, `${ALDER}/k1`)
    const made = await kiosk.make(1)
    const [left, right] = codeReferences(made.enrolment.references)
    if (left === undefined || right === undefined) throw new Error('an eye is missing')
    const bytes = left.bytes.reveal()
    const changes: readonly Partial<BiometricReference>[] = [
      { bytes: new BiometricBytes(bytes.subarray(0, -1)) },
      { bytes: new BiometricBytes(concat(bytes, Uint8Array.of(0))) },
      { bytes: new BiometricBytes(concat(Uint8Array.of(9), bytes.subarray(1))) },
      { bytes: new BiometricBytes(new Uint8Array(MAX_REFERENCE_BYTES).fill(1)) },
      { version: 2 },
    ]
    for (const change of changes) {
      const references = [{ ...left, ...change }, right]
      const record = crypto.getRandomValues(new Uint8Array(16))
      const receipt = await kiosk.send({ record, enrolment: { ...made.enrolment, references } })
      t.equal(receipt?.refusal, 'malformed')
    }
    t.equal(alder.gateway.state.counts.enrolments, 0)
  },
)
