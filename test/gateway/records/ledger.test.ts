import t from 'tap'
import { openLedger } from '../../../gateway/records/ledger.ts'
import { leafContent, leafRow, TABLES } from '../../../gateway/records/rows.ts'
import { leafCommitment } from '../../../protocol/leaf.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { createFailingStore } from '../../runtime/failing-store.ts'
import { openTempStore } from '../bench.ts'

const CONTENT = { record: new Uint8Array(16).fill(1), hash: new Uint8Array(32).fill(2) }
const ROW = { table: 'x', key: 'k', value: Uint8Array.of(1) }

t.test('leaves are numbered without gaps, salted, and open with their salt', async (t) => {
  const store = await openTempStore(t)
  const ledger = await openLedger(store, randomBytes)
  const add = () => ledger.change((draft) => draft.leaf('enrolment', CONTENT))
  t.same(await Promise.all([add(), add(), add()]), [0, 1, 2])
  const rows = (await store.range(TABLES.leaves)).map(({ value }) => decodeRecord(leafRow, value))
  t.equal(rows.length, 3)
  t.notSame(rows[0]?.commitment, rows[1]?.commitment, 'the same content twice cannot be told')
  for (const { type, salt, commitment } of rows) {
    t.same(leafCommitment(type, salt, encodeRecord(leafContent, CONTENT)), commitment)
  }
  t.equal((await openLedger(store, randomBytes)).leaves, 3)
})

t.test('a change that fails leaves no leaf, no number and no effect', async (t) => {
  const store = await openTempStore(t)
  const ledger = await openLedger(createFailingStore(store, { at: 2, when: 'before' }), randomBytes)
  await ledger.change((draft) => draft.leaf('enrolment', CONTENT))
  let hasRun = false
  const failing = ledger.change((draft) => {
    draft.leaf('final', CONTENT)
    draft.write(ROW)
    draft.after(() => {
      hasRun = true
    })
  })
  await t.rejects(failing, { code: 'store.failed' })
  t.equal(ledger.leaves, 1)
  t.notOk(hasRun)
  t.equal(await store.get('x', 'k'), undefined)
  const thrown = ledger.change(() => {
    throw new RangeError('its own fault')
  })
  await t.rejects(thrown, RangeError)
})

t.test('changes run one at a time, and effects come before the next change', async (t) => {
  const store = await openTempStore(t)
  const ledger = await openLedger(store, randomBytes)
  const order: string[] = []
  const change = (name: string) =>
    ledger.change(async (draft) => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      draft.write({ ...ROW, key: name })
      draft.after(() => void order.push(`${name} is durable`))
    })
  await Promise.all([change('a'), change('b')])
  t.same(order, ['a begins', 'a is durable', 'b begins', 'b is durable'])
})

t.test('two gateways on one store: the second one stops at its first leaf', async (t) => {
  const store = await openTempStore(t)
  const one = await openLedger(store, randomBytes)
  const two = await openLedger(store, randomBytes)
  await one.change((draft) => draft.leaf('enrolment', CONTENT))
  await t.rejects(
    two.change((draft) => draft.leaf('enrolment', CONTENT)),
    { code: 'store.contended' },
  )
  t.equal(two.leaves, 0)
})
