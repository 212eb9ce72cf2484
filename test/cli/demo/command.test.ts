import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { encodePng } from '../../../biometrics/image/png.ts'
import { demoCommand } from '../../../cli/demo/command.ts'
import { capture } from '../../kit/io.ts'

t.test('what cannot become a story is told at once, and not when it is half told', async (t) => {
  const folder = t.testdir({ 'a-file': 'x' })
  mkdirSync(join(folder, 'eyes'))
  const image = encodePng({ width: 8, height: 8, pixels: new Uint8Array(64) })
  writeFileSync(join(folder, 'eyes/eye.png'), image)
  const rows = ['path,subject,eye', 'eye.png,ann,left', 'eye.png,ann,right']
  writeFileSync(join(folder, 'eyes/index.csv'), rows.join('\n'))
  const run = (...args: string[]) => demoCommand.run(args, capture(folder).io)
  await t.rejects(run('--eyes', 'eyes'), { code: 'bytes.eye-set', message: /needs 5 .*has 1/ })
  await t.rejects(run('--eyes', 'nowhere'), { code: 'file.missing' })
  await t.rejects(run('--out', 'a-file'), { code: 'EEXIST' })
  await t.rejects(run('--seed', 'x'), { code: 'call.usage' })
  await t.rejects(run('more'), { code: 'call.usage' })
})

t.test('Ctrl-C ends the story with a code of its own, and leaves nothing behind', async (t) => {
  const { io, out } = capture(t.testdir({}))
  const end = new AbortController()
  const stopped = demoCommand.run(['--json'], { ...io, signal: end.signal })
  end.abort()
  await t.rejects(stopped, { code: 'call.aborted' })
  t.equal(out(), '')
})
