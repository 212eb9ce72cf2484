import { connect } from 'node:net'
import t from 'tap'
import { fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type HttpOptions, type HttpServer, startHttp } from '../../runtime/http.ts'
import type { Outlet } from '../../runtime/http-reply.ts'
import { ask, post } from './http-client.ts'

const assets = new Map([['/', { type: 'text/html; charset=utf-8', bytes: fromText('<p>page') }]])
const json = (value: unknown) => ({
  status: 200,
  type: 'application/json',
  body: JSON.stringify(value),
})

async function withServer(
  options: Partial<HttpOptions>,
  use: (server: HttpServer) => Promise<void>,
): Promise<void> {
  const server = await startHttp({ routes: {}, port: 0, ...options })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

t.test('a route answers by method and path, its neighbour does not', async (t) => {
  const routes = {
    'GET /state': () => json('state'),
    'POST /state': ({ body }: { body: Uint8Array }) => json(toText(body)),
    'GET /frames/*': ({ rest, query }: { rest: string; query: URLSearchParams }) =>
      json([rest, query.get('n')]),
    'GET /frames/left': () => json('exact'),
  } as const
  await withServer({ routes, assets }, async ({ port }) => {
    t.equal((await ask(port, { path: '/state' })).body, '"state"')
    t.equal((await post(port, '/state', '{"a":1}')).body, '"{\\"a\\":1}"')
    t.equal((await ask(port, { path: '/frames/right/1?n=2' })).body, '["right/1","2"]')
    t.equal((await ask(port, { path: '/frames/left' })).body, '"exact"')
    t.equal((await ask(port, { path: '/' })).body, '<p>page')
    const head = await ask(port, { path: '/state', method: 'HEAD' })
    t.same([head.status, head.body, head.headers['content-length']], [200, '', '7'])
    for (const path of [
      '/State',
      '/state/',
      '/frames',
      '/nothing',
      '//127.0.0.1/state',
      '/..',
      '/__proto__',
    ]) {
      t.equal((await ask(port, { path })).status, 404, path)
    }
    const wrong = await post(port, '/frames/left', '{}')
    t.same([wrong.status, wrong.headers.allow], [405, 'GET'])
    t.equal((await post(port, '/nothing', '{}')).status, 404)
  })
})

t.test('every answer says that nothing but our own files may run', async (t) => {
  const routes = { 'GET /bug': () => Promise.reject(new Error('bug')) } as const
  await withServer({ routes, assets }, async ({ port }) => {
    for (const path of ['/', '/nothing', '/bug']) {
      const { headers } = await ask(port, { path })
      t.match(headers['content-security-policy'], /^default-src 'self'; .*frame-ancestors 'self'/)
      t.equal(headers['x-content-type-options'], 'nosniff')
      t.equal(headers['cross-origin-resource-policy'], 'same-origin')
      t.equal(headers['access-control-allow-origin'], undefined)
    }
  })
})

t.test('a busy station does not reset a connection on which the next request waits', async (t) => {
  await withServer({ routes: { 'GET /': () => json(1) } }, async ({ port }) => {
    const { headers } = await ask(port, { path: '/', headers: { connection: 'keep-alive' } })
    t.equal(headers['keep-alive'], 'timeout=75', 'and the other end knows until when')
  })
})

t.test('only this machine reaches it, by its own names', async (t) => {
  await withServer({ assets }, async ({ port, url }) => {
    t.equal(url, `http://127.0.0.1:${port}`)
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
      t.equal((await ask(port, { path: '/', headers: { host } })).status, 200, host)
    }
    // A name that an attacker has bound to 127.0.0.1 after his page was loaded from elsewhere.
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      `127.0.0.1:${port + 1}`,
    ]) {
      t.equal((await ask(port, { path: '/', headers: { host } })).status, 403, host)
    }
  })
})

t.test('what another site made a browser send is refused before it does anything', async (t) => {
  let done = 0
  const routes = {
    'POST /commands': () => json(++done),
    'GET /state': () => json('secret'),
  } as const
  await withServer({ routes, assets }, async ({ port }) => {
    const path = '/commands'
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${port + 1}` },
      { origin: `https://127.0.0.1:${port}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      t.equal((await post(port, path, '{}', headers)).status, 403, JSON.stringify(headers))
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      '',
    ]) {
      t.equal((await post(port, path, '{}', { 'content-type': type })).status, 415, type)
    }
    t.equal(done, 0)
    t.equal((await post(port, path, '{}', { 'sec-fetch-site': 'same-origin' })).status, 200)
    const type = 'application/json; charset=utf-8'
    t.equal(
      (await ask(port, { method: 'POST', path, headers: { 'content-type': type } })).status,
      200,
    )

    const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    t.equal((await ask(port, { path: '/state', headers: elsewhere })).status, 403)
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    t.equal((await ask(port, { path: '/', headers: link })).status, 200, 'a link may open the page')
  })
})

t.test('a body over its cap is refused, by its length or as it comes', async (t) => {
  let done = 0
  const routes = { 'POST /commands': () => json(++done) } as const
  await withServer({ routes, maxBodyBytes: 100 }, async ({ port }) => {
    t.equal((await post(port, '/commands', 'x'.repeat(100))).status, 200)
    const long = await post(port, '/commands', 'x'.repeat(101))
    t.equal(long.status, 413)
    t.match(JSON.parse(long.body), { code: 'bytes.too-long', detail: /at most 100 bytes/ })
    const chunked = await post(port, '/commands', 'x'.repeat(5000), {
      'transfer-encoding': 'chunked',
    })
    t.equal(chunked.status, 413)
    t.equal(done, 1)
  })
})

t.test('what the peer did wrong is told to it, what went wrong here is not', async (t) => {
  const faults: unknown[] = []
  const bug = new Error('the password is hunter2')
  const routes = {
    'GET /bytes': () => Promise.reject(new PersonhoodError('bytes.cbor', 'no map')),
    'GET /call': () => Promise.reject(new PersonhoodError('call.name', 'no such name')),
    'GET /bug': () => {
      throw bug
    },
  } as const
  await withServer({ routes, onFault: (error) => faults.push(error) }, async ({ port }) => {
    const answers = await Promise.all(
      ['/bytes', '/call', '/bug'].map((path) => ask(port, { path })),
    )
    t.same(
      answers.map(({ status }) => status),
      [400, 400, 500],
    )
    t.same(JSON.parse(answers[0]?.body ?? ''), {
      status: 400,
      code: 'bytes.cbor',
      detail: 'no map',
    })
    t.equal(answers[0]?.headers['content-type'], 'application/problem+json')
    t.notMatch(answers[2]?.body, /hunter2/)
    t.same(faults, [bug])
  })
})

t.test('where the port is taken it takes the next one and says so', async (t) => {
  await withServer({}, async (first) => {
    t.equal(first.takenPort, undefined)
    await withServer({ port: first.port }, async (second) => {
      t.equal(second.takenPort, first.port)
      t.ok(second.port > first.port)
      t.equal((await ask(second.port, { path: '/' })).status, 404)
    })
    const host = '203.0.113.1' // an address of the documentation (RFC 5737), never ours
    await t.rejects(startHttp({ routes: {}, port: 0, host }), { code: 'link.port' })
  })
})

t.test('a stream is written as it comes, and closing the server ends it', async (t) => {
  let outlet: Outlet | undefined
  const routes = {
    'GET /live': () => ({
      status: 200,
      stream: (out: Outlet) => {
        outlet = out
        out.write('first ')
      },
    }),
  } as const
  const server = await startHttp({ routes, port: 0 })
  const answer = ask(server.port, { path: '/live' })
  while (outlet === undefined) await new Promise(setImmediate)
  const isClosed = new Promise((resolve) => outlet?.closed.addEventListener('abort', resolve))
  outlet.write('second')
  await new Promise(setImmediate)
  await server.close()
  await isClosed
  t.equal((await answer).body, 'first second')
  t.equal(outlet.write('late'), true, 'what comes too late is dropped')
})

t.test('closing does not wait for a connection that says nothing', async (t) => {
  const server = await startHttp({ routes: {}, port: 0 })
  const idle = connect(server.port, '127.0.0.1')
  idle.on('error', () => undefined)
  await new Promise((resolve) => idle.once('connect', resolve))
  idle.write('GET / HT')
  const startMs = performance.now()
  await server.close()
  t.ok(performance.now() - startMs < 1000)
  idle.destroy()
})
