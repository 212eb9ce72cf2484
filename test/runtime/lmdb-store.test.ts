import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { open as openLmdb } from 'lmdb'
import t from 'tap'
import { fromText, toText } from '../../protocol/bytes.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { openStore, TEST_STORE_KEY } from './lmdb-opener.ts'
import { storeContract } from './store-contract.ts'

const OPENER = new URL('lmdb-opener.js', import.meta.url).href
const root = t.testdir()
let places = 0
const newPlace = () => `${root}/place-${++places}`

t.test('the contract of a store', (t) => storeContract(t, OPENER, newPlace))

const put = (key: string, value: string) => ({ table: 't', key, value: fromText(value) })
const del = (key: string) => ({ table: 't', key, value: undefined })

t.test('no value rests in clear', async (t) => {
  const folder = newPlace()
  const store = await openStore(folder)
  const secret = 'iris code of Leila '.repeat(20)
  await store.commit({ writes: [put('a', secret)] })
  await store.commit({ writes: [put('a', secret.toUpperCase()), put('b', secret)] })
  await store.commit({ writes: [del('b')] })
  await store.close()
  const file = readFileSync(`${folder}/data.mdb`).toString('latin1')
  t.notMatch(file, /iris code of/i)
  t.match(file, /t\0a/, 'keys do rest in clear, as the options say')
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('a value that was altered or put in another place is told, not returned', async (t) => {
  const folder = newPlace()
  const store = await openStore(folder)
  await store.commit({ writes: [put('a', 'for a'), put('b', 'for b'), put('c', 'for c')] })
  await store.close()
  const raw = openLmdb(folder, { encoding: 'binary', keyEncoding: 'binary', noSubdir: false })
  const row = (key: string) => Buffer.from(`t\0${key}`)
  const a = raw.get(row('a'))
  await raw.put(row('b'), a)
  await raw.put(row('c'), a.subarray(0, 9))
  await raw.close()
  const again = await openStore(folder)
  t.equal(toText((await again.get('t', 'a')) ?? new Uint8Array()), 'for a')
  for (const key of ['b', 'c']) {
    await t.rejects(again.get('t', key), { code: 'store.damaged', message: new RegExp(`t/${key}`) })
  }
  await t.rejects(again.range('t'), { code: 'store.damaged' })
  await t.rejects(again.commit({ conditions: [put('b', 'for b')], writes: [put('d', '')] }), {
    code: 'store.damaged',
  })
  t.equal(await again.commit({ writes: [put('b', 'restored')] }), true)
  await again.close()
})

t.test('a folder under another key, or not of ours, is refused and left as it is', async (t) => {
  const folder = newPlace()
  const store = await openStore(folder)
  await store.commit({ writes: [put('a', 'x')] })
  await store.close()
  const before = readFileSync(`${folder}/data.mdb`)
  const key = new Uint8Array(32)
  await t.rejects(openLmdbStore({ folder, key }), { code: 'store.wrong-key' })
  t.ok(before.equals(readFileSync(`${folder}/data.mdb`)))
  await (await openStore(folder)).close()
  await t.rejects(openLmdbStore({ folder, key: new Uint8Array(16) }), { code: 'call.key' })

  const foreign = newPlace()
  const raw = openLmdb(foreign, { encoding: 'binary', keyEncoding: 'binary', noSubdir: false })
  await raw.put(Buffer.from('somebody'), Buffer.from('else'))
  await raw.close()
  await t.rejects(openStore(foreign), { code: 'store.wrong-key' })
})

t.test('a file that is no database is told, and does not end the process', async (t) => {
  const folder = newPlace()
  await (await openStore(folder)).close()
  const file = `${folder}/data.mdb`
  const good = readFileSync(file)
  const secondMeta = Uint8Array.from(good)
  secondMeta.fill(0, 4096, 8192)
  const broken = [
    Buffer.from('no database '.repeat(2000)),
    new Uint8Array(8192),
    good.subarray(0, 1),
    good.subarray(0, 4096),
    good.subarray(0, 4100),
    secondMeta,
  ]
  for (const bytes of broken) {
    writeFileSync(file, bytes)
    await t.rejects(openStore(folder), { code: 'store.damaged', message: /data\.mdb/ })
  }
  writeFileSync(file, good)
  await (await openStore(folder)).close()
  writeFileSync(file, '')
  const fresh = await openStore(folder)
  t.same(await fresh.range('t'), [])
  await fresh.close()
})

t.test('a database that was not finished when the power went is made anew', async (t) => {
  const folder = newPlace()
  mkdirSync(`${folder}/new.unfinished`, { recursive: true })
  // What a cut left of the first two pages: the second without its contents.
  writeFileSync(`${folder}/new.unfinished/data.mdb`, new Uint8Array(8192).fill(1, 16, 100))
  const store = await openStore(folder)
  t.equal(await store.commit({ writes: [put('a', 'x')] }), true)
  await store.close()
  t.same(readdirSync(folder).sort(), ['data.mdb', 'lock.mdb'])
})

t.test('one folder has one store, in this process and in others', async (t) => {
  const folder = newPlace()
  const store = await openStore(folder)
  await t.rejects(openStore(folder), {
    code: 'store.busy',
    message: new RegExp(`place-\\d+ is in use by process ${process.pid}`),
  })
  await store.close()

  const script = fileURLToPath(new URL('store-writer.js', import.meta.url))
  const other = spawn(process.execPath, [script, OPENER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(other.stdout, 'data')
  await t.rejects(openStore(folder), { message: new RegExp(`process ${other.pid};`) })
  other.kill('SIGKILL')
  await once(other, 'exit')
  await (await openStore(folder)).close()
})

t.test(
  'when the disk is full: new changes are refused, old ones are safe, deletions go on',
  async (t) => {
    const folder = newPlace()
    let free = 1e9
    const store = await openLmdbStore({
      folder,
      key: TEST_STORE_KEY,
      reserveBytes: 1000,
      freeBytes: async () => free,
    })
    await store.commit({ writes: [put('a', 'safe'), put('b', 'sent')] })
    free = 1500
    const [small, large, alone] = await Promise.allSettled([
      store.commit({ writes: [put('small', 'x')] }),
      store.commit({ writes: [put('large', 'x'.repeat(2000))] }),
      store.commit({ writes: [del('b')] }),
    ])
    t.same(small, { status: 'fulfilled', value: true }, 'its neighbour does not take it along')
    t.match(large, { reason: { code: 'store.full', message: /safe.*free space/ } })
    t.same(alone, { status: 'fulfilled', value: true })
    free = 0
    await t.rejects(store.commit({ writes: [put('c', '')] }), { code: 'store.full' })
    t.equal(await store.commit({ writes: [del('small')] }), true)
    t.same(
      (await store.range('t')).map(({ key }) => key),
      ['a'],
    )
    free = 1e9
    t.equal(await store.commit({ writes: [put('c', '')] }), true)
    await store.close()
  },
)

t.test('a write that the disk cuts short is undone whole, and told by its cause', async (t) => {
  const script = fileURLToPath(new URL('store-filler.js', import.meta.url))
  for (const [freeBytes, code] of [
    ['0', 'store.full'],
    ['1000000000', 'store.failed'],
  ]) {
    const folder = newPlace()
    // ulimit -f (blocks of 1024 bytes) cuts writes of a real file without a disk to fill.
    const command = `ulimit -f 1000; exec "$@"`
    const args = ['-c', command, 'bash', process.execPath, script, folder, String(freeBytes)]
    const { stdout, status } = spawnSync('bash', args, { encoding: 'utf8', timeout: 60_000 })
    t.equal(status, 0, stdout)
    const report = JSON.parse(stdout)
    t.equal(report.code, code)
    t.equal(report.readable, report.acknowledged, 'all is readable after the fault')
    const store = await openStore(folder)
    const left = await store.range('left')
    const right = await store.range('right')
    t.ok(report.acknowledged > 3)
    t.equal(left.length, right.length, 'no change by half')
    t.equal(left.length, report.acknowledged)
    await store.close()
  }
})

t.test('a commit that does not end in time is told as in doubt, and reading goes on', async (t) => {
  const folder = newPlace()
  await (await openStore(folder)).close()
  const store = await openLmdbStore({ folder, key: TEST_STORE_KEY, commitTimeoutMs: 0 })
  const value = 'x'.repeat(4_000_000)
  await t.rejects(store.commit({ writes: [put('a', value)] }), { code: 'store.failed' })
  await t.rejects(store.commit({ writes: [del('a')] }), { code: 'store.failed' })
  await store.get('t', 'a')
  await store.close()
})
