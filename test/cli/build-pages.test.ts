import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type PageName, pageAssets } from '../../cli/start/page-routes.ts'

const PAGES: readonly PageName[] = ['kiosk', 'gateway', 'overview']

t.test(
  'each page is four files that refer to one another relatively, with nothing inline',
  async (t) => {
    for (const page of PAGES) {
      const prefix = `/${page}/any/`
      const assets = await pageAssets(page, prefix)
      for (const name of ['', 'index.html', 'main.js', 'main.css', 'icon.svg']) {
        t.ok(assets.has(prefix + name), prefix + name)
      }
      t.equal(assets.size, 5)
      const html = new TextDecoder().decode(assets.get(prefix)?.bytes)
      t.match(html, /Content-Security-Policy" content="default-src 'none'; script-src 'self'/)
      t.notMatch(html, /<style|<script(?![^>]*src)|style=|\son\w+=/)
      t.notMatch(html, /(?:src|href)="(?:\/|https?:)/)
    }
  },
)

t.test('a kiosk page stays small enough for a slow line', async (t) => {
  const assets = await pageAssets('kiosk', '/')
  const lengths = ['/', '/main.js', '/main.css'].map(
    (path) => gzipSync(assets.get(path)?.bytes ?? new Uint8Array()).length,
  )
  t.ok(lengths.every((length) => length > 100))
  const total = lengths.reduce((sum, length) => sum + length, 0)
  t.ok(total < 22_000, `${total} bytes compressed`)
})
