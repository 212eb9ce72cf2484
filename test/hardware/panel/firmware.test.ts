import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

const missing = ['avr-gcc', 'avr-objcopy', 'make'].filter(
  (tool) => spawnSync('which', [tool]).status !== 0,
)
const skip = missing.length > 0 ? `${missing.join(' and ')} not installed` : false

t.test('the committed firmware is what its sources give, byte for byte', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'panel-'))
  const { status, stdout, stderr } = spawnSync(
    'make',
    ['-C', 'hardware/panel/firmware', 'check', `BUILD=${folder}`],
    { encoding: 'utf8' },
  )
  t.equal(status, 0, `${stdout}${stderr}`)
  await rm(folder, { recursive: true })
})
