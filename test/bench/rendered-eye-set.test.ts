import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { decodePng } from '../../biometrics/image/png.ts'
import { readEyeSet } from '../../cli/iris/eye-set.ts'

const script = new URL('../../bench/rendered-eye-set.js', import.meta.url).pathname
const run = promisify(execFile)

t.test('a folder of rendered eyes can be read as an eye set, and is the same again', async (t) => {
  const [dir, again] = [join(t.testdir(), 'a'), join(t.testdirName, 'b')]
  const options = ['--persons', '2', '--visits', '1', '--seed', '3']
  await run(process.execPath, [script, dir, ...options])
  await run(process.execPath, [script, again, ...options])
  const images = await readEyeSet(dir)
  t.same(
    images.map(({ subject, eye, visit }) => [subject, eye, visit]),
    [
      ['0', 'left', '0'],
      ['0', 'right', '0'],
      ['1', 'left', '0'],
      ['1', 'right', '0'],
    ],
  )
  t.match(decodePng(await readFile(images[0]?.file ?? '')), { width: 320, height: 240 })
  for (const name of await readdir(dir)) {
    t.ok((await readFile(join(dir, name))).equals(await readFile(join(again, name))), name)
  }
})

t.test('without a folder, or with no persons, the use is told', async (t) => {
  await t.rejects(run(process.execPath, [script]), { code: 2, stderr: /usage/ })
  await t.rejects(run(process.execPath, [script, t.testdirName, '--persons', '0']), { code: 2 })
})
