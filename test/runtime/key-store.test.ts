import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { loadOrCreate, MAX_KEY_BYTES, openFileKeyStore } from '../../runtime/key-store.ts'
import { failingSteps } from './failing-steps.ts'

const KEY = new Uint8Array(32).fill(3)

t.test('a key is made once, kept for its owner alone, and read again', async (t) => {
  const folder = `${t.testdir()}/keys`
  const keys = await openFileKeyStore(folder)
  t.equal(keys.rung, 'file')
  t.equal(await keys.load('issuing'), undefined)
  const made = await keys.create('issuing', 32)
  t.equal(made.length, 32)
  t.notSame(made, new Uint8Array(32))
  t.same(await (await openFileKeyStore(folder)).load('issuing'), made)
  await keys.save('seal-2027', KEY)
  t.same(await keys.load('seal-2027'), KEY)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(`${folder}/issuing`).mode & 0o777, 0o600)
})

t.test('a key that is wanted is made the first time only', async (t) => {
  const keys = await openFileKeyStore(`${t.testdir()}/keys`)
  const made = await loadOrCreate(keys, 'store', 32)
  t.equal(made.length, 32)
  t.same(await loadOrCreate(keys, 'store', 32), made)
})

t.test('a key is never overwritten', async (t) => {
  const keys = await openFileKeyStore(`${t.testdir()}/keys`)
  await keys.save('a', KEY)
  await t.rejects(keys.create('a', 32), { code: 'store.key-exists' })
  await t.rejects(keys.save('a', KEY), { code: 'store.key-exists' })
  t.same(await keys.load('a'), KEY)
})

t.test('what others can read is refused, with the command that mends it', async (t) => {
  const folder = `${t.testdir()}/keys`
  const keys = await openFileKeyStore(folder)
  await keys.save('a', KEY)
  for (const mode of [0o640, 0o604, 0o660, 0o601]) {
    chmodSync(`${folder}/a`, mode)
    await t.rejects(keys.load('a'), {
      code: 'store.key-permissions',
      message: /mode 6\d\d.*chmod 600 '.*\/keys\/a'/,
    })
  }
  chmodSync(`${folder}/a`, 0o600)
  t.same(await keys.load('a'), KEY)
  chmodSync(folder, 0o750)
  await t.rejects(openFileKeyStore(folder), {
    code: 'store.key-permissions',
    message: /chmod 700 '.*\/keys'/,
  })
})

t.test('a link, a folder, an empty or a huge file is no key', async (t) => {
  const folder = `${t.testdir()}/keys`
  const keys = await openFileKeyStore(folder)
  await keys.save('real', KEY)
  symlinkSync(`${folder}/real`, `${folder}/linked`)
  writeFileSync(`${folder}/empty`, '', { mode: 0o600 })
  writeFileSync(`${folder}/huge`, new Uint8Array(MAX_KEY_BYTES + 1), { mode: 0o600 })
  for (const name of ['linked', 'empty', 'huge']) {
    await t.rejects(keys.load(name), { code: 'store.key-unreadable' })
  }
})

t.test('a name cannot leave the folder, and a key has bytes', async (t) => {
  const keys = await openFileKeyStore(`${t.testdir()}/keys`)
  for (const name of ['', '../a', 'a/b', '.a', 'A', 'a.b', 'x'.repeat(65)]) {
    await t.rejects(async () => keys.load(name), { code: 'call.key-name' })
    await t.rejects(keys.save(name, KEY), { code: 'call.key-name' })
  }
  for (const length of [0, MAX_KEY_BYTES + 1]) {
    await t.rejects(keys.save('a', new Uint8Array(length)), { code: 'call.key' })
  }
})

t.test('whichever step fails, a key is whole or absent, and another try works', async (t) => {
  for (let failAt = 1; failAt <= 6; failAt++) {
    const folder = `${t.testdir()}/keys`
    const keys = await openFileKeyStore(folder, failingSteps(failAt))
    await t.rejects(keys.save('a', KEY), { code: 'store.key-unsaved', message: /do not use/ })
    const found = await keys.load('a')
    if (found) t.same(found, KEY)
    else t.same(await keys.save('a', KEY).then(() => keys.load('a')), KEY)
  }
})

t.test('what a power cut left unfinished is cleared away', async (t) => {
  const folder = `${t.testdir()}/keys`
  await (await openFileKeyStore(folder)).save('a', KEY)
  writeFileSync(`${folder}/b.0011.unfinished`, 'half', { mode: 0o600 })
  await openFileKeyStore(folder)
  t.same(readdirSync(folder), ['a'])
  t.same(Uint8Array.from(readFileSync(`${folder}/a`)), KEY)
})
