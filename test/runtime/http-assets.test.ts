import { symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { toText } from '../../protocol/bytes.ts'
import { loadAssets } from '../../runtime/http-assets.ts'

t.test('files of known types are served under their path, folders by their index', async (t) => {
  const folder = t.testdir({
    'index.html': '<p>one',
    'page.js': 'x',
    kiosk: { 'index.html': '<p>two', 'kiosk.css': 'y' },
    'secret.key': 'no',
    '.hidden.html': 'no',
    'page.js.map': 'no',
  })
  symlinkSync(`${folder}/secret.key`, `${folder}/link.html`)
  const assets = await loadAssets(folder)
  t.same([...assets.keys()].sort(), [
    '/',
    '/index.html',
    '/kiosk/',
    '/kiosk/index.html',
    '/kiosk/kiosk.css',
    '/page.js',
  ])
  t.equal(toText(assets.get('/kiosk/')?.bytes ?? new Uint8Array()), '<p>two')
  t.equal(assets.get('/page.js')?.type, 'text/javascript; charset=utf-8')
  t.same([...(await loadAssets(`${folder}/`)).keys()].sort(), [...assets.keys()].sort())
})

t.test('a folder that is too large for memory is told', async (t) => {
  const folder = t.testdir()
  writeFileSync(`${folder}/a.png`, new Uint8Array(33 * 1024 * 1024))
  await t.rejects(loadAssets(folder), { code: 'file.too-large' })
})
