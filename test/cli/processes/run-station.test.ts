import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { runStation, stationOptions } from '../../../cli/processes/run-station.ts'
import { capture } from '../../kit/io.ts'

t.test('a station needs its configuration, and takes nothing else', async (t) => {
  const { io } = capture('/srv')
  t.match(stationOptions('kiosk', ['--config', 'k.toml'], io), { file: '/srv/k.toml' })
  for (const args of [[], ['k.toml'], ['--config', 'k.toml', 'more'], ['--confg', 'k.toml']]) {
    t.throws(() => stationOptions('kiosk', args, io), { code: 'call.usage' }, args.join(' '))
  }
})

t.test('a page whose port is taken says where it is instead, and closes when asked', async (t) => {
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const { io, out, err } = capture()
  const end = new AbortController()
  const closed: string[] = []
  const stdout = (text: string): void => {
    io.stdout(text)
    end.abort()
  }
  const code = await runStation(
    { page: 'kiosk', port, isVerbose: false, io: { ...io, stdout, signal: end.signal } },
    async () => ({
      routes: { routes: {}, close: () => void closed.push('routes') },
      close: async () => void closed.push('station'),
    }),
  )
  t.equal(code, 0)
  t.same(closed, ['routes', 'station'])
  t.match(out(), /^http:\/\/127\.0\.0\.1:\d+\/\n$/)
  t.not(out(), `http://127.0.0.1:${port}/\n`)
  t.match(JSON.parse(err()), { event: 'page.port-taken', wanted: port, url: out().slice(0, -2) })
})

t.test('a station that cannot go on is closed, and its fault is told', async (t) => {
  const { io } = capture()
  let isClosed = false
  const running = runStation(
    { page: 'gateway', port: 0, isVerbose: false, io },
    async (_, fail) => {
      fail(new Error('the disk is gone'))
      return {
        routes: { routes: {}, close: () => undefined },
        close: async () => {
          isClosed = true
        },
      }
    },
  )
  await t.rejects(running, { message: 'the disk is gone' })
  t.ok(isClosed)
})
