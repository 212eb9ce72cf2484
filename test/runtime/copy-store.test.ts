import t, { type Test } from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { copyStore } from '../../runtime/copy-store.ts'
import type { ListedStore } from '../../runtime/store.ts'
import { createFailingStore, type Failure } from './failing-store.ts'
import { openStore } from './lmdb-opener.ts'

const ROWS = 450

async function opened(t: Test, name: string): Promise<ListedStore> {
  const store = await openStore(`${t.testdir()}/${name}`)
  t.teardown(() => store.close())
  return store
}

/** Three tables; one is of more rows than go over at once, one has the longest keys. */
async function filled(t: Test): Promise<ListedStore> {
  const store = await opened(t, 'old')
  const writes = Array.from({ length: ROWS }, (_, i) => row('registry', String(i), `person ${i}`))
  await store.commit({ writes })
  await store.commit({
    writes: [row('messenger', 'epoch', '7'), row('quotas', 'é'.repeat(256), '')],
  })
  return store
}

const row = (table: string, key: string, value: string) => ({ table, key, value: fromText(value) })

async function content(store: ListedStore) {
  const tables = await store.tables()
  const rows = await Promise.all(tables.map((table) => store.range(table)))
  return tables.map((table, i) => [
    table,
    rows[i]?.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`).join('\n'),
  ])
}

function failing(store: ListedStore, failure: Failure): ListedStore {
  const dying = createFailingStore(store, failure)
  return { ...dying, tables: () => store.tables() }
}

t.test('all tables and rows are in the copy, and nothing else', async (t) => {
  const [from, to] = [await filled(t), await opened(t, 'new')]
  t.same(await copyStore(from, to), { tables: 3, rows: ROWS + 2 })
  t.same(await content(to), await content(from))
})

t.test('an empty store is copied, too', async (t) => {
  const [from, to] = [await opened(t, 'old'), await opened(t, 'new')]
  t.same(await copyStore(from, to), { tables: 0, rows: 0 })
  t.same(await to.tables(), [])
})

t.test('a store that holds anything is left as it is', async (t) => {
  const [from, to] = [await filled(t), await opened(t, 'new')]
  await to.commit({ writes: [row('counters', 'leaves', '3')] })
  await t.rejects(copyStore(from, to), { code: 'store.occupied' })
  t.same(await content(to), [['counters', 'leaves=3']])
  const whole = await opened(t, 'whole')
  await copyStore(from, whole)
  t.same(await copyStore(from, whole), { tables: 3, rows: ROWS + 2 }, 'whole already')
  for (const key of ['0', '17', '999', '9999']) {
    const value = await whole.get('registry', key)
    await whole.commit({ writes: [row('registry', key, 'another')] })
    await t.rejects(copyStore(from, whole), { code: 'store.occupied' }, key)
    await whole.commit({ writes: [{ table: 'registry', key, value }] })
  }
  await whole.commit({ writes: [row('more', 'a', '')] })
  await t.rejects(copyStore(from, whole), { code: 'store.occupied' })
})

t.test('a copy that dies at any of its commits goes on to the same end', async (t) => {
  const from = await filled(t)
  const whole = await content(from)
  const commits = 7 // mark, one page of each small table, three of the large one, mark erased
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= commits; at++) {
      const to = await opened(t, `${at}-${when}`)
      await t.rejects(copyStore(from, failing(to, { at, when })), { code: 'store.failed' })
      t.same(await copyStore(from, to), { tables: 3, rows: ROWS + 2 })
      t.same(await content(to), whole, `death ${when} commit ${at}`)
    }
  }
  const to = await opened(t, 'lives')
  await copyStore(from, failing(to, { at: commits + 1, when: 'before' }))
})

t.test('what arrives otherwise than it left is told, and the mark stays', async (t) => {
  const [from, to] = [await filled(t), await opened(t, 'new')]
  const altering: ListedStore = {
    ...{ get: to.get.bind(to), range: to.range.bind(to), tables: to.tables.bind(to) },
    close: () => to.close(),
    commit: ({ writes, conditions }) =>
      to.commit({
        ...(conditions && { conditions }),
        writes: writes.map((one) => (one.key === '17' ? row('registry', '17', 'else') : one)),
      }),
  }
  await t.rejects(copyStore(from, altering), { code: 'store.failed', message: /copy/ })
  t.ok((await to.tables()).includes('copy'))
})
