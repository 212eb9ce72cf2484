import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { KERNEL_SOURCES } from '../../../biometrics/iris/kernel-sources.ts'

t.test('the sources of the kernel are those that its loader knows', async (t) => {
  const folder = join('biometrics', 'iris', 'kernel')
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    hash.update(`${name}\0${readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')}\0`)
  }
  t.equal(KERNEL_SOURCES, hash.digest('hex'), 'npm run build says what must stand there')
})
