import t from 'tap'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { kioskRoutes } from '../../firmware/routes.ts'
import { startHttp } from '../../runtime/http.ts'
import { ask, post } from '../runtime/http-client.ts'
import { openScene } from './scene.ts'

t.test('the page reads the state, sends commands and sees the frame', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const page = kioskRoutes(scene.kiosk, '/kiosk')
  const server = await startHttp({ routes: page.routes, port: 0 })
  t.teardown(async () => {
    page.close()
    await server.close()
  })
  const headers = { host: `127.0.0.1:${server.port}` }
  const get = (path: string) => ask(server.port, { path, headers })
  const { body } = await get('/kiosk/state')
  t.match(JSON.parse(body) as KioskState, { screen: { name: 'idle' } })
  t.equal((await get('/kiosk/frame.png')).status, 204)

  const command = (value: object, key: string) =>
    post(server.port, '/kiosk/commands', JSON.stringify(value), {
      ...headers,
      'idempotency-key': key,
    })
  const begun = await command({ name: 'begin' }, 'key-key-key-key-1')
  t.same(JSON.parse(begun.body), { isTaken: true })
  const again = await command({ name: 'begin' }, 'key-key-key-key-1')
  t.same(JSON.parse(again.body), { isTaken: true }, 'a retry with the same key acts once')
  const late = await command({ name: 'begin' }, 'key-key-key-key-2')
  t.match(JSON.parse(late.body), { isTaken: false, why: /consent/ })
  t.equal((await command({ name: 'reboot' }, 'key-key-key-key-3')).status, 400)

  await command({ name: 'consent', isGiven: true }, 'key-key-key-key-4')
  const hasFrame = () => {
    const { screen } = scene.kiosk.state
    return screen.name === 'capture' && screen.frame > 0
  }
  t.ok(await scene.until(hasFrame))
  const frame = await get('/kiosk/frame.png?n=1')
  t.match(frame, { status: 200, headers: { 'content-type': 'image/png' } })
})
