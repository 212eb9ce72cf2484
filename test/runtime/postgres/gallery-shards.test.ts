import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { fromText, toText } from '../../../protocol/bytes.ts'
import { GALLERY_TABLE as table } from '../../../runtime/gallery/gallery-rows.ts'
import { shardOfHandle } from '../../../runtime/postgres/gallery-shards.ts'
import { migrate } from '../../../runtime/postgres/migrate.ts'
import { MIGRATIONS } from '../../../runtime/postgres/migrations.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import type { Entry } from '../../../runtime/store.ts'
import { handleOf } from '../../kit/gallery-people.ts'
import { optionsOf } from './postgres-opener.ts'

const person = (n: number, value: string) => ({ table, key: handleOf(n), value: fromText(value) })
const textsOf = (rows: readonly Entry[]) => rows.map(({ key, value }) => [key, toText(value)])

t.test('a shard is the first four bytes of SHA-256 of the row key, modulo the shards', (t) => {
  // printf 'gallery\0%s' 00000000000000000000000000000001 | sha256sum: b2a28692…
  t.equal(shardOfHandle('00000000000000000000000000000001', 2 ** 31), 0xb2_a2_86_92 % 2 ** 31)
  t.equal(shardOfHandle('00000000000000000000000000000001', 64), 0x92 % 64)
  const counts = new Array<number>(8).fill(0)
  for (let n = 0; n < 4000; n++) {
    const shard = shardOfHandle(handleOf(n), 8)
    counts[shard] = (counts[shard] ?? 0) + 1
  }
  t.ok(counts.every((count) => count > 400))
  t.end()
})

t.test('the gallery in PostgreSQL', { skip: noPostgres(), timeout: 290_000 }, async (t) => {
  const server = await startPostgres(t)
  const raw = await server.connect()
  t.teardown(() => raw.close())
  const rowsOf = (district: string) =>
    raw.query<{ shard: number; key: string; erased: boolean; writer: string; seq: number }>(
      `SELECT shard, convert_from(substr(row_key, 9), 'UTF8') AS key, value IS NULL AS erased,
        writer, seq::int AS seq FROM personhood.gallery WHERE district = $1 ORDER BY row_key`,
      [district],
      5000,
    )

  t.test('rests in shards and is read, compared, listed and erased as any table', async (t) => {
    const store = await openPostgresStore({ ...optionsOf(`${server.url}#a`), shards: 8 })
    await store.commit({ writes: [person(1, 'one'), { ...person(2, 'two'), table: 'other' }] })
    await store.commit({ writes: [person(3, 'three'), person(2, 'two')] })
    t.same(textsOf(await store.range(table)), [
      [handleOf(1), 'one'],
      [handleOf(2), 'two'],
      [handleOf(3), 'three'],
    ])
    t.same(textsOf(await store.range(table, { from: handleOf(2), limit: 1 })), [
      [handleOf(2), 'two'],
    ])
    t.same(textsOf(await store.range('other')), [[handleOf(2), 'two']])
    t.equal(await store.commit({ conditions: [person(1, 'two')], writes: [] }), false)
    t.equal(
      await store.commit({ conditions: [person(1, 'one')], writes: [person(1, 'new')] }),
      true,
    )
    t.equal(
      await store.commit({ conditions: [{ ...person(1, ''), value: undefined }], writes: [] }),
      false,
    )
    t.equal(toText((await store.get(table, handleOf(1))) ?? fromText('')), 'new')
    await store.commit({ writes: [{ ...person(2, ''), value: undefined }] })
    t.equal(await store.get(table, handleOf(2)), undefined)
    t.equal((await store.range(table)).length, 2)
    t.same(await store.tables(), ['gallery', 'other'])
    t.same(
      await rowsOf('a'),
      [
        { n: 1, erased: false, seq: 3 },
        { n: 2, erased: true, seq: 4 },
        { n: 3, erased: false, seq: 2 },
      ].map(({ n, ...row }) => {
        const key = handleOf(n)
        return { shard: shardOfHandle(key, 8), key, writer: 'gateway', ...row }
      }),
    )
    await store.close()
    t.comment('the district keeps the number of shards it was made with')
    const again = await openPostgresStore({ ...optionsOf(`${server.url}#a`), shards: 16 })
    t.equal(toText((await again.get(table, handleOf(3))) ?? fromText('')), 'three')
    await again.close()
  })

  t.test('a database of the first version has its people moved into shards', async (t) => {
    const old = await startPostgres(t)
    const options = optionsOf(`${old.url}#b`)
    const own = await old.connect()
    t.teardown(() => own.close())
    // What the first version wrote, by its own step and statements.
    const [first] = MIGRATIONS
    if (first === undefined) throw new Error('no first step')
    const scratch = await openPostgresStore(optionsOf(`${server.url}#b`))
    await scratch.commit({
      writes: [person(1, 'one'), person(2, 'two'), { ...person(1, 'x'), table: 'z' }],
    })
    await scratch.close()
    const copied = await raw.query<{ row_key: Uint8Array; value: Uint8Array }>(
      `SELECT row_key, value FROM personhood.gallery WHERE district = 'b'
        UNION ALL SELECT row_key, value FROM personhood.entry WHERE district = 'b'`,
      [],
      5000,
    )
    const [district] = await raw.query<{ key_check: Uint8Array }>(
      `SELECT key_check FROM personhood.district WHERE district = 'b'`,
      [],
      5000,
    )
    await migrate(own, [first], 5000)
    await own.query(`INSERT INTO personhood.district VALUES ('b', $1)`, [district?.key_check], 5000)
    for (const { row_key, value } of copied) {
      await own.query(`INSERT INTO personhood.entry VALUES ('b', $1, $2)`, [row_key, value], 5000)
    }
    const store = await openPostgresStore(options)
    t.same(textsOf(await store.range(table)), [
      [handleOf(1), 'one'],
      [handleOf(2), 'two'],
    ])
    t.equal(toText((await store.get(table, handleOf(2))) ?? fromText('')), 'two')
    t.same(await store.tables(), ['gallery', 'z'])
    await t.rejects(
      own.query(`INSERT INTO personhood.entry VALUES ('b', 'gallery\\000x', '')`, [], 5000),
      /entry_without_gallery/,
      'a program of the first version cannot write people where nobody looks',
    )
    await store.close()
  })
})
