import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { encodePng } from '../../../biometrics/image/png.ts'
import { loadEyes } from '../../../cli/room/eyes-folder.ts'

t.test('stored images stand in for residents who have both eyes', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eyes-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const image = { width: 80, height: 60, pixels: new Uint8Array(4800).fill(90) }
  writeFileSync(join(folder, 'eye.png'), encodePng(image))
  const rows = ['eye.png,007,left', 'eye.png,007,R', 'eye.png,008,left', 'missing.png,008,both']
  writeFileSync(join(folder, 'index.csv'), `path,subject,eye\n${rows.join('\n')}\n`)
  const eyes = await loadEyes(folder)
  t.same([...eyes.keys()], ['007'])
  t.equal(eyes.get('007')?.right[0]?.width, 80)
})

t.test('a folder without anybody is told, not played', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'eyes-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  await t.rejects(loadEyes(folder), { code: 'file.missing' })
  writeFileSync(join(folder, 'index.csv'), 'path,subject,eye\na.png,1,left\n')
  await t.rejects(loadEyes(folder), { code: 'file.no-eyes' })
})
