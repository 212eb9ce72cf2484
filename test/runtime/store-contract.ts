import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Test } from 'tap'
import { fromText, toText } from '../../protocol/bytes.ts'
import { type ListedStore, type Range, under } from '../../runtime/store.ts'

/** A module that opens the store under test; the killed process imports the same one. */
export type StoreOpener = { readonly openStore: (place: string) => Promise<ListedStore> }

const bytes = fromText

/** What every store must do. `opener` is the URL of a StoreOpener, `newPlace` gives an empty place. */
export async function storeContract(
  t: Test,
  opener: string,
  newPlace: () => string,
): Promise<void> {
  const { openStore }: StoreOpener = await import(opener)
  const withStore = async (use: (store: ListedStore) => Promise<void>) => {
    const store = await openStore(newPlace())
    try {
      await use(store)
    } finally {
      await store.close()
    }
  }

  t.test('a row is there after its commit, and gone after its deletion', async (t) => {
    await withStore(async (store) => {
      t.equal(await store.get('outbox', 'a'), undefined)
      t.equal(await store.commit({ writes: [write('outbox', 'a', 'one')] }), true)
      t.equal(text(await store.get('outbox', 'a')), 'one')
      t.equal(await store.get('other', 'a'), undefined)
      t.equal(await store.commit({ writes: [erase('outbox', 'a'), erase('outbox', 'b')] }), true)
      t.equal(await store.get('outbox', 'a'), undefined)
    })
  })

  t.test('a change whose condition does not hold leaves nothing behind', async (t) => {
    await withStore(async (store) => {
      await store.commit({ writes: [write('state', 'seq', '7')] })
      const writes = [write('state', 'seq', '8'), write('outbox', '8', 'body')]
      const conditions = [write('state', 'seq', '6'), erase('outbox', '8')]
      t.equal(await store.commit({ conditions, writes }), false)
      t.equal(text(await store.get('state', 'seq')), '7')
      t.equal(await store.get('outbox', '8'), undefined)
      t.equal(
        await store.commit({
          conditions: [write('state', 'seq', '7'), erase('outbox', '8')],
          writes,
        }),
        true,
      )
      t.equal(await store.commit({ conditions: [erase('outbox', '8')], writes: [] }), false)
      t.equal(await store.commit({ conditions: [write('state', 'seq', '8')], writes: [] }), true)
    })
  })

  t.test('of many that race for one row exactly one wins, and counts are never lost', async (t) => {
    await withStore(async (store) => {
      const claims = Array.from({ length: 20 }, (_, i) =>
        store.commit({
          conditions: [erase('lease', 'shard')],
          writes: [write('lease', 'shard', String(i))],
        }),
      )
      t.equal((await Promise.all(claims)).filter(Boolean).length, 1)
      const count = async () => {
        for (;;) {
          const before = await store.get('counter', 'n')
          const next = String(Number(text(before) ?? 0) + 1)
          const conditions = [{ table: 'counter', key: 'n', value: before }]
          if (await store.commit({ conditions, writes: [write('counter', 'n', next)] })) return
        }
      }
      await Promise.all(Array.from({ length: 12 }, count))
      t.equal(text(await store.get('counter', 'n')), '12')
    })
  })

  t.test('of two writes to one row in one change the later counts', async (t) => {
    await withStore(async (store) => {
      await store.commit({ writes: [write('a', 'k', '1'), write('a', 'k', '2'), erase('a', 'k')] })
      t.equal(await store.get('a', 'k'), undefined)
      await store.commit({ writes: [erase('a', 'k'), write('a', 'k', '3')] })
      t.equal(text(await store.get('a', 'k')), '3')
    })
  })

  t.test(
    'values of no byte, of a million bytes, and of others memory are kept as given',
    async (t) => {
      await withStore(async (store) => {
        const large = new Uint8Array(1_000_000).fill(7)
        const view = new Uint8Array(large.buffer, 5, 3)
        const done = store.commit({
          writes: [
            { table: 'a', key: 'empty', value: new Uint8Array() },
            { table: 'a', key: 'large', value: large },
            { table: 'a', key: 'view', value: view },
          ],
        })
        large.fill(9)
        await done
        t.same(await store.get('a', 'empty'), new Uint8Array())
        const read = await store.get('a', 'large')
        t.equal(read?.length, 1_000_000)
        t.ok(read?.every((byte) => byte === 7))
        t.same(await store.get('a', 'view'), Uint8Array.of(7, 7, 7))
        read?.fill(0)
        t.equal((await store.get('a', 'large'))?.[0], 7)
      })
    },
  )

  t.test('a range gives what a sorted list of its table would give', async () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '𐀀', '￿'), maxLength: 4 })
    const place = newPlace()
    const store = await openStore(place)
    let table = 0
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          word.filter((key) => key !== ''),
          { maxLength: 12 },
        ),
        fc.record(
          {
            from: word,
            before: word,
            limit: fc.integer({ min: 0, max: 5 }),
            reverse: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
        async (keys, range) => {
          table++
          const writes = keys.map((key) => write(`t${table}`, key, key))
          await store.commit({ writes: [...writes, write(`t${table}.`, 'a', 'not of this table')] })
          const found = await store.range(`t${table}`, range)
          const got = found.map(({ key, value }) => `${key}=${text(value)}`)
          const expected = expectedRange(keys, range).map((key) => `${key}=${key}`)
          if (got.join() !== expected.join()) throw new Error(`${got} is not ${expected}`)
        },
      ),
      { numRuns: 60 },
    )
    await store.close()
  })

  t.test('keys under a prefix are found, its neighbours are not', async (t) => {
    await withStore(async (store) => {
      const keys = ['case', 'case/', 'case/1', 'case/é', 'case0', 'cas/']
      await store.commit({ writes: keys.map((key) => write('t', key, '')) })
      const found = await store.range('t', under('case/'))
      t.same(
        found.map(({ key }) => key),
        ['case/', 'case/1', 'case/é'],
      )
    })
  })

  t.test('all tables that hold a row are named, whatever is in them', async (t) => {
    await withStore(async (store) => {
      t.same(await store.tables(), [])
      const tables = ['0', 'a', 'a-', 'a.b', 'a0', 'outbox', 'x'.repeat(64)]
      for (const table of [...tables].reverse()) {
        const keys = ['\u0001', 'k', '\u{10ffff}'.repeat(128)]
        await store.commit({ writes: keys.map((key) => write(table, key, '')) })
      }
      t.same(await store.tables(), tables)
      await store.commit({
        writes: ['\u0001', 'k', '\u{10ffff}'.repeat(128)].map((key) => erase('a', key)),
      })
      t.same(
        await store.tables(),
        tables.filter((table) => table !== 'a'),
      )
    })
    const closed = await openStore(newPlace())
    await closed.close()
    await t.rejects(closed.tables(), { code: 'call.store-closed' })
  })

  t.test('a key or table that would be written as another is refused', async (t) => {
    await withStore(async (store) => {
      for (const key of ['', 'a\0b', '\ud800', 'x'.repeat(513), 'é'.repeat(257)]) {
        await t.rejects(store.get('t', key), { code: 'call.store-key' })
        await t.rejects(store.commit({ writes: [erase('t', key)] }), { code: 'call.store-key' })
        await t.rejects(store.commit({ conditions: [erase('t', key)], writes: [] }), {
          code: 'call.store-key',
        })
      }
      for (const table of ['', 'T', '-t', 'a\0', 'x'.repeat(65)]) {
        await t.rejects(store.range(table), { code: 'call.store-key' })
      }
      await t.rejects(store.range('t', { from: '\0' }), { code: 'call.store-key' })
      await store.commit({ writes: [write('t', 'x'.repeat(512), 'fits')] })
      t.equal((await store.range('t', { before: 'y'.repeat(2000) })).length, 1)
    })
  })

  t.test('what was committed is there when the store is opened again', async (t) => {
    const place = newPlace()
    const first = await openStore(place)
    const pending = first.commit({ writes: [write('t', 'a', 'kept')] })
    await first.close()
    t.equal(await pending, true)
    await first.close()
    await t.rejects(first.get('t', 'a'), { code: 'call.store-closed' })
    await t.rejects(first.range('t'), { code: 'call.store-closed' })
    await t.rejects(first.commit({ writes: [] }), { code: 'call.store-closed' })
    const second = await openStore(place)
    t.equal(text(await second.get('t', 'a')), 'kept')
    await second.close()
  })

  t.test('after a kill -9 everything acknowledged is there, and no change by half', async (t) => {
    const place = newPlace()
    let acknowledged = 0
    for (const enough of [1, 40, 150]) {
      const writer = spawnWriter(opener, place)
      acknowledged = await killAfter(writer, acknowledged + enough)
      const store = await openStore(place)
      const left = await store.range('left')
      const right = await store.range('right')
      t.same(
        left.map(({ key }) => key),
        right.map(({ key }) => key),
        'both rows or none',
      )
      t.ok(left.length >= acknowledged, `${acknowledged} acknowledged, ${left.length} there`)
      t.same(
        left.map(({ key }) => Number(key)),
        left.map((_, i) => i + 1),
        'none is missing',
      )
      acknowledged = left.length
      await store.close()
    }
  })
}

function write(table: string, key: string, value: string) {
  return { table, key, value: bytes(value) }
}

function erase(table: string, key: string) {
  return { table, key, value: undefined }
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && toText(value)
}

function expectedRange(keys: readonly string[], range: Range): readonly string[] {
  const compare = (a: string, b: string) => Buffer.compare(bytes(a), bytes(b))
  const { from, before, limit, reverse } = range
  const sorted = [...keys]
    .sort(compare)
    .filter((key) => from === undefined || compare(from, key) <= 0)
    .filter((key) => before === undefined || compare(key, before) < 0)
  if (reverse) sorted.reverse()
  return sorted.slice(0, limit ?? sorted.length)
}

function spawnWriter(opener: string, place: string): ChildProcess {
  const script = fileURLToPath(new URL('store-writer.js', import.meta.url))
  return spawn(process.execPath, [script, opener, place], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Kills the writer at once when it has acknowledged `enough`; returns the last that it did. */
async function killAfter(writer: ChildProcess, enough: number): Promise<number> {
  let last = 0
  if (writer.stdout === null) throw new Error('the writer has no stdout')
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Math.max(last, Number(line))
    if (last >= enough) writer.kill('SIGKILL')
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit')
  if (writer.signalCode !== 'SIGKILL') throw new Error(`the writer ended with ${writer.exitCode}`)
  return last
}
