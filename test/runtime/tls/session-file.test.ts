import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSessionFile } from '../../../runtime/tls/session-file.ts'

const BROKER = ['mqtts://broker.example', 'certificate']

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'session-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'tls-session')
}

const never = (error: unknown): never => {
  throw error
}

t.test('the last session is there after a restart, for its owner alone', async (t) => {
  const path = place(t)
  const file = await openSessionFile(path, BROKER, never)
  t.equal(file.last, undefined)
  for (const session of ['one', 'two', 'three']) file.keep(Buffer.from(session))
  t.same(file.last, Buffer.from('three'))
  await file.saved()
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same((await openSessionFile(path, BROKER, never)).last, Buffer.from('three'))
})

t.test('another broker, or another certificate, has not seen it', async (t) => {
  const path = place(t)
  const file = await openSessionFile(path, BROKER, never)
  file.keep(Buffer.from('mine'))
  await file.saved()
  for (const binding of [['mqtts://other.example', 'certificate'], [BROKER[0] ?? '', 'new'], []]) {
    t.equal((await openSessionFile(path, binding, never)).last, undefined)
  }
})

t.test('one that the broker did not like is gone from the disk too', async (t) => {
  const path = place(t)
  const file = await openSessionFile(path, BROKER, never)
  file.keep(Buffer.from('stale'))
  file.drop()
  file.drop()
  t.equal(file.last, undefined)
  await file.saved()
  t.equal((await openSessionFile(path, BROKER, never)).last, undefined)
})

t.test('a file that is not ours, or that others can read, is told or counts as none', async (t) => {
  const path = place(t)
  for (const content of ['', 'x', 'x'.repeat(32), 'x'.repeat(200), 'x'.repeat(20_000)]) {
    writeFileSync(path, content, { mode: 0o600 })
    const faults: unknown[] = []
    const file = await openSessionFile(path, BROKER, (error) => faults.push(error))
    t.equal(file.last, undefined)
    file.keep(Buffer.from('new'))
    await file.saved()
    t.same((await openSessionFile(path, BROKER, never)).last, Buffer.from('new'))
  }
  chmodSync(path, 0o644)
  const faults: unknown[] = []
  t.equal((await openSessionFile(path, BROKER, (error) => faults.push(error))).last, undefined)
  t.match(faults, [{ code: 'store.key-permissions' }])
})

t.test('a session that cannot be kept costs bytes only', async (t) => {
  const faults: unknown[] = []
  const file = await openSessionFile('/nowhere/tls-session', BROKER, (error) => faults.push(error))
  file.keep(Buffer.from('x'))
  t.same(file.last, Buffer.from('x'))
  file.keep(Buffer.alloc(20_000))
  t.same(file.last, Buffer.from('x'), 'one that is too long is not ours')
  await file.saved()
  t.equal(faults.length, 1)
})
