import t from 'tap'
import { openLedger } from '../../../gateway/records/ledger.ts'
import { leafContent, leafRow, TABLES } from '../../../gateway/records/rows.ts'
import { leafCommitment } from '../../../protocol/leaf.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import type { Change } from '../../../runtime/store.ts'
import { shareLocally } from '../../kit/local-sharing.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
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

t.test(
  'changes about different things share a commit, and each sees those before it',
  async (t) => {
    const memory = createMemoryStore()
    let commits = 0
    const store = {
      ...memory,
      commit(change: Change) {
        commits += 1
        return memory.commit(change)
      },
    }
    const ledger = await openLedger(store, randomBytes)
    const add = (about: string) =>
      ledger.change(async (draft) => {
        const before = (await draft.get('x', 'count'))?.[0] ?? 0
        draft.write({ table: 'x', key: 'count', value: Uint8Array.of(before + 1) })
        if (about === 'c') throw new RangeError('its own fault')
        return draft.leaf('enrolment', CONTENT)
      }, about)
    const all = await Promise.allSettled(['a', 'b', 'c', 'd', 'a'].map(add))
    t.same(
      all.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.name)),
      [0, 1, 'RangeError', 2, 3],
    )
    t.same(await store.get('x', 'count'), Uint8Array.of(4), 'what failed left nothing')
    t.equal(commits, 2, 'two about the same thing are in different commits')
  },
)

t.test(
  'processes on one store number their leaves in one order and hear of each other',
  async (t) => {
    const store = createMemoryStore()
    const shared = shareLocally(store)
    const names = ['one', 'two', 'three'] as const
    const heard = new Map<string, string[]>()
    const ledgers = await Promise.all(
      names.map(async (name) => {
        const options = { hasTurns: name !== 'three' }
        const ledger = await openLedger(shared.process(options), randomBytes, (error) =>
          t.fail(String(error)),
        )
        const keys: string[] = []
        ledger.follow('work', (key, value) => void keys.push(`${key} ${value?.[0] ?? 'gone'}`))
        heard.set(name, keys)
        t.teardown(ledger.stop)
        return ledger
      }),
    )
    const added = ledgers.map((ledger, i) =>
      Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          ledger.change(
            (draft) => {
              const key = `${names[i]}-${n}`
              draft.write({ table: 'work', key, value: Uint8Array.of(n) })
              draft.count('waiting', 1)
              return draft.leaf('enrolment', CONTENT)
            },
            `${n % 7}`,
          ),
        ),
      ),
    )
    const indices = (await Promise.all(added)).flat()
    t.same(
      indices.sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, i) => i),
    )
    for (const [i, ledger] of ledgers.entries()) {
      await ledger.catchUp()
      t.equal(ledger.leaves, 60)
      t.equal(ledger.counters.get('waiting'), 60)
      const others = (heard.get(names[i] ?? '') ?? []).map((line) => line.split('-')[0])
      t.equal(others.length, 40, 'each row of the others once')
      t.notOk(others.includes(names[i]), 'and none of its own')
    }
  },
)

t.test('a process that was away for too long reads all anew', async (t) => {
  const store = createMemoryStore()
  const shared = shareLocally(store)
  const one = await openLedger(shared.process(), randomBytes)
  const two = await openLedger(shared.process(), randomBytes)
  two.stop()
  const add = (ledger: typeof one) => ledger.change((draft) => draft.leaf('enrolment', CONTENT))
  await add(one)
  await add(one)
  await store.commit({ writes: [{ table: 'changes', key: '000000000000001', value: undefined }] })
  await t.rejects(add(two), { code: 'store.behind' })
})
