import { gzipSync } from 'node:zlib'
import t from 'tap'
import { pageAssets } from '../../cli/page-assets.ts'
import { startHttp } from '../../runtime/http.ts'
import { createCommandHandler } from '../../runtime/http-commands.ts'
import { createStateStream } from '../../runtime/server-sent-events.ts'
import { browserAbsent, launchBrowser, openPage } from '../kit/browser.ts'
import { CAPTURES, drawnEye, kioskState } from '../kit/kiosk-states.ts'
import { ROOM } from '../kit/room-states.ts'

t.setTimeout(90_000)

t.test('each page has its files under its own address, and only there', async (t) => {
  const assets = await pageAssets({ '/': 'overview', '/kiosk/east/': 'kiosk' })
  for (const prefix of ['/', '/kiosk/east/']) {
    for (const name of ['', 'index.html', 'main.js', 'main.css', 'icon.svg']) {
      t.ok(assets.has(prefix + name), prefix + name)
    }
  }
  t.equal(assets.size, 10)
  t.not(assets.get('/main.js')?.bytes.length, assets.get('/kiosk/east/main.js')?.bytes.length)
  for (const [path, { type, bytes }] of assets) {
    if (!type.startsWith('text/html')) continue
    const html = new TextDecoder().decode(bytes)
    t.notMatch(html, /<style|<script(?![^>]*src)|style=|\son\w+=/, `${path} has nothing inline`)
    t.notMatch(html, /(?:src|href)="(?:\/|https?:)/, `${path} loads by relative addresses`)
  }
})

t.test('a kiosk page stays small', async (t) => {
  const assets = await pageAssets({ '/': 'kiosk' })
  const bytes = ['/', '/main.js', '/main.css'].map((path) => {
    return gzipSync(assets.get(path)?.bytes ?? new Uint8Array()).length
  })
  const total = bytes.reduce((sum, length) => sum + length, 0)
  t.ok(total > 5000 && total < 22_000, `${total} bytes compressed`)
})

t.test('pages run from the real server', { skip: browserAbsent() ?? false }, async (t) => {
  const kiosk = createStateStream(kioskState(CAPTURES[2] ?? { name: 'idle' }))
  const commands: unknown[] = []
  const server = await startHttp({
    port: 0,
    assets: await pageAssets({ '/': 'overview', '/kiosk/east/': 'kiosk', '/kiosk/west/': 'kiosk' }),
    routes: {
      'GET /room/events': createStateStream(ROOM).handler,
      'GET /kiosk/east/events': kiosk.handler,
      'GET /kiosk/west/events': kiosk.handler,
      'GET /kiosk/east/frame.png': () => ({ status: 200, type: 'image/png', body: drawnEye() }),
      'GET /kiosk/west/frame.png': () => ({ status: 200, type: 'image/png', body: drawnEye() }),
      'POST /kiosk/east/commands': createCommandHandler((command) => {
        commands.push(command)
        return { isTaken: true }
      }),
    },
  })
  const browser = await launchBrowser()
  t.teardown(async () => {
    await browser.close()
    await server.close()
  })
  const { page, problems } = await openPage(browser, server.url)
  const east = page.frameLocator('iframe.kiosk >> nth=0')
  await east.getByRole('button', { name: 'I cannot use this eye' }).click()
  while (commands.length === 0) await page.waitForTimeout(10)
  t.same(commands, [{ name: 'cannot-use-this-eye' }])
  kiosk.publish(kioskState({ name: 'checking', people: 3 }))
  await east.getByRole('heading', { name: 'Checking on this kiosk' }).waitFor()
  // The gateways are not mounted here: their frames alone may find nothing.
  t.same(
    problems.filter((problem) => !problem.includes('404')),
    [],
  )
})
