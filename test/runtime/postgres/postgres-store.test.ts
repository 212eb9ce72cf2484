import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { fromText, toText } from '../../../protocol/bytes.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import { storeContract } from '../store-contract.ts'
import { openStore, optionsOf } from './postgres-opener.ts'

const OPENER = new URL('postgres-opener.js', import.meta.url).href
const put = (key: string, value: string) => ({ table: 't', key, value: fromText(value) })

t.test('a store in PostgreSQL', { skip: noPostgres(), timeout: 290_000 }, async (t) => {
  const server = await startPostgres(t)
  let places = 0
  const newPlace = () => `${server.url}#district-${++places}`

  t.test('the contract of a store', (t) => storeContract(t, OPENER, newPlace))

  t.test('districts in one database do not see one another', async (t) => {
    const [one, other] = [await openStore(newPlace()), await openStore(newPlace())]
    await one.commit({ writes: [put('a', 'one')] })
    await other.commit({ writes: [put('a', 'other')] })
    t.equal(toText((await one.get('t', 'a')) ?? new Uint8Array()), 'one')
    t.equal((await other.range('t')).length, 1)
    await Promise.all([one.close(), other.close()])
  })

  t.test('no value rests in clear, and an altered or moved one is told', async (t) => {
    const place = newPlace()
    const district = place.split('#')[1]
    const store = await openStore(place)
    await store.commit({ writes: [put('a', 'iris code of Leila'), put('b', 'for b')] })
    const raw = await server.connect()
    const rows = await raw.query<{ row_key: Buffer; value: Buffer }>(
      'SELECT row_key, value FROM personhood.entry WHERE district = $1 ORDER BY row_key',
      [district],
      5000,
    )
    t.same(
      rows.map((row) => row.row_key.toString()),
      ['t\0a', 't\0b'],
    )
    t.notOk(rows.some(({ value }) => value.includes('iris')))
    await raw.query(
      'UPDATE personhood.entry SET value = $2 WHERE district = $1 AND row_key = $3',
      [district, rows[0]?.value, rows[1]?.row_key],
      5000,
    )
    await raw.close()
    const damaged = { code: 'store.damaged', message: /t\/b/ }
    await t.rejects(store.get('t', 'b'), damaged)
    await t.rejects(store.range('t'), damaged)
    await t.rejects(store.commit({ conditions: [put('b', 'x')], writes: [] }), damaged)
    t.equal(await store.commit({ writes: [put('b', 'restored')] }), true)
    await store.close()
  })

  t.test('a district under another key is refused and left as it is', async (t) => {
    const place = newPlace()
    const store = await openStore(place)
    await store.commit({ writes: [put('a', 'x')] })
    await store.close()
    const wrong = { ...optionsOf(place), key: new Uint8Array(32) }
    await t.rejects(openPostgresStore(wrong), { code: 'store.wrong-key' })
    await t.rejects(openPostgresStore({ ...wrong, key: new Uint8Array(16) }), { code: 'call.key' })
    const again = await openStore(place)
    t.equal((await again.range('t')).length, 1)
    await again.close()
  })

  t.test('one writer of a name at a time: a second one is told so', async (t) => {
    const place = newPlace()
    const store = await openStore(place)
    await t.rejects(openPostgresStore({ ...optionsOf(place), busyTimeoutMs: 100 }), {
      code: 'store.busy',
    })
    await store.close()
    await (await openStore(place)).close()
  })
})
