import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { hilCommand } from '../../../cli/hil/command.ts'
import { capture } from '../../kit/io.ts'

const RECORD = ['record', '--rig', 'emulated', '--role', 'nfc', '--out', 'line.jsonl']

t.test('a line is recorded and replayed; a changed byte is told', async (t) => {
  const cwd = t.testdir()
  const recorded = capture(cwd)
  t.equal(await hilCommand.run([...RECORD, '--only', 'greet'], recorded.io), 0)
  t.match(recorded.out(), /nfc: open and greet: \d+ events, done\nline.jsonl: \d+ bytes\n/)
  const same = capture(cwd)
  t.equal(await hilCommand.run(['replay', 'line.jsonl'], same.io), 0)
  t.match(same.out(), /nfc: open and greet: \d+ bytes of the driver as recorded, done\n/)
  const file = join(cwd, 'line.jsonl')
  const text = await readFile(file, 'utf8')
  // Firmware version asked for: D4 02.
  await writeFile(file, text.replace('d402', 'd403'))
  const other = capture(cwd)
  t.equal(await hilCommand.run(['replay', 'line.jsonl'], other.io), 1)
  t.match(other.out(), /byte \d+ to the device differs[\s\S]*recorded 03[\s\S]*said {5}02/)
  const json = capture(cwd)
  t.equal(await hilCommand.run(['replay', 'line.jsonl', '--json'], json.io), 1)
  t.match(JSON.parse(json.out()), { role: 'nfc', same: false })
})

t.test('what cannot be recorded or replayed is said', async (t) => {
  const cwd = t.testdir({ 'noise.jsonl': 'noise\n' })
  const { io } = capture(cwd)
  const usage = { code: 'call.usage' }
  await t.rejects(hilCommand.run(['record', '--rig', 'emulated'], io), usage)
  await t.rejects(hilCommand.run(RECORD.with(4, 'printer'), io), usage)
  await t.rejects(hilCommand.run(['replay'], io), usage)
  await t.rejects(hilCommand.run(['play'], io), usage)
  await t.rejects(hilCommand.run(RECORD.with(4, 'card'), io), { code: 'call.trace' })
  await t.rejects(hilCommand.run(['replay', 'noise.jsonl'], io), { code: 'bytes.trace' })
  await t.rejects(hilCommand.run(['replay', 'absent.jsonl'], io), { code: 'ENOENT' })
})
