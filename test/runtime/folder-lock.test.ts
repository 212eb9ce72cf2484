import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import t from 'tap'
import { lockFolder } from '../../runtime/folder-lock.ts'

t.test('a folder is taken once, by whatever path, and free again afterwards', async (t) => {
  const folder = t.testdir({ one: {}, two: {} })
  symlinkSync(`${folder}/one`, `${folder}/alias`)
  const unlock = await lockFolder(`${folder}/one`)
  for (const path of ['one', 'alias', 'one/../one']) {
    await t.rejects(lockFolder(`${folder}/${path}`), {
      code: 'store.busy',
      message: new RegExp(`in use by process ${process.pid};.*stop that process`),
    })
  }
  await (await lockFolder(`${folder}/two`))()
  await unlock()
  await (await lockFolder(`${folder}/alias`))()
})

/** A short path, since that of a socket is cut after some 100 bytes. */
const sockets = mkdtempSync(`${tmpdir()}/lock-`)
t.teardown(() => rmSync(sockets, { recursive: true }))

t.test(
  'with a socket that is a file: taken while somebody listens, free when he was killed',
  async (t) => {
    const folder = t.testdir()
    const path = `${sockets}/one`
    const unlock = await lockFolder(folder, path)
    await t.rejects(lockFolder(folder, path), { code: 'store.busy' })
    await unlock()
    const die = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', die])
    t.ok(existsSync(path), 'a killed process leaves its socket behind')
    await (await lockFolder(folder, path))()
  },
)

t.test('a holder that does not answer is a holder all the same', async (t) => {
  const folder = t.testdir()
  const path = `${sockets}/two`
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(path, resolve))
  await t.rejects(lockFolder(folder, path), { message: /process \?;/ })
  silent.close()
})

t.test('a place where no lock can be is told', async (t) => {
  await t.rejects(lockFolder(t.testdir(), '/nonexistent/lock'), { code: 'store.failed' })
})
