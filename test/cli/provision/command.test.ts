import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { provisionCommand } from '../../../cli/provision/command.ts'
import { capture } from '../../kit/io.ts'

t.test('provision prints a line to run for each station, and nothing else on stdout', async (t) => {
  const folder = t.testdir({})
  const { io, out, err } = capture(folder)
  const from = { ...io, program: 'node dist/cli/main.js' }
  t.equal(await provisionCommand.run(['world'], from), 0)
  const lines = out().trim().split('\n')
  t.equal(lines.length, 4)
  for (const line of lines) {
    const [, config = ''] =
      /^node dist\/cli\/main\.js (?:gateway|kiosk) --config (\S+)$/.exec(line) ?? []
    t.ok(existsSync(join(folder, config)), line)
  }
  t.match(err(), 'terminal')
})
