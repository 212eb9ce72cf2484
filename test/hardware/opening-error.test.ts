import { chmod, chown, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { accessFix, openingError, permissionFix } from '../../hardware/opening-error.ts'

async function deviceFile(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'opening-')), 'ttyACM0')
  await writeFile(path, '')
  return path
}

const DENIED = new Error('Error: Permission denied, cannot open')

t.test('a file whose group may open it: join that group', async (t) => {
  t.match(permissionFix({ mode: 0o02_0660 }, 'dialout'), /group dialout \(sudo usermod -aG dialout/)
  t.match(permissionFix({ mode: 0o02_0660 }, 'plugdev'), /sudo usermod -aG plugdev \$USER/)
})

t.test('a file that no group may open wants our udev rules', async (t) => {
  for (const [mode, group] of [
    [0o02_0600, 'dialout'],
    [0o02_0640, 'plugdev'],
    [0o02_0660, 'root'],
    [0o02_0660, undefined],
  ] as const) {
    t.match(permissionFix({ mode }, group), /70-personhood\.rules/)
  }
})

t.test('the refusal names the group that this file has', async (t) => {
  const path = await deviceFile()
  await chmod(path, 0o660)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(path, 0, 20)
  const refusal = await openingError(path, DENIED)
  t.equal(refusal.code, 'device.permission')
  t.match(refusal.message, isRoot ? /group dialout/ : /no right to open/)
  t.equal(refusal.cause, DENIED)
})

t.test('busy names the process that holds it; what vanished was unplugged', async (t) => {
  const path = await deviceFile()
  const busy = await openingError(path, new Error('Error Resource busy Cannot lock port'))
  t.equal(busy.code, 'device.busy')
  t.match(busy.message, /another program/)
  const gone = await openingError(`${path}9`, new Error('No such file or directory'))
  t.equal(gone.code, 'device.missing')
  const broken = await openingError(path, new Error('Error: Input/output error'))
  t.equal(broken.code, 'device.unplugged')
})

t.test('a file that is ours to open wants no fix, one that is gone wants its cable', async (t) => {
  const path = await deviceFile()
  t.equal(await accessFix(path), undefined)
  t.match(await accessFix(`${path}9`), /plug it in/)
})
