import { get } from 'node:http'
import t from 'tap'
import { startHttp } from '../../runtime/http.ts'
import type { HttpRequest, Outlet } from '../../runtime/http-reply.ts'
import { createStateStream } from '../../runtime/server-sent-events.ts'
import { createManualTimers } from './manual-timers.ts'

const REQUEST: HttpRequest = {
  method: 'GET',
  path: '/state',
  rest: '',
  query: new URLSearchParams(),
  headers: {},
  body: new Uint8Array(),
}

/** Somebody who looks; `isBehind` makes the line take no more until `drain`. */
async function look(stream: { handler: (request: HttpRequest) => unknown }) {
  const closed = new AbortController()
  const written: string[] = []
  const drains: (() => void)[] = []
  const viewer = {
    written,
    isBehind: false,
    states: () =>
      written
        .flatMap((text) => /^id: \d+\ndata: (.*)\n\n$/.exec(text)?.[1] ?? [])
        .map((data) => JSON.parse(data)),
    leave: () => closed.abort(),
    drain() {
      viewer.isBehind = false
      for (const listener of drains.splice(0)) listener()
    },
  }
  const outlet: Outlet = {
    write(text) {
      if (!closed.signal.aborted) written.push(text)
      return !viewer.isBehind
    },
    onDrain: (listener) => drains.push(listener),
    end: () => closed.abort(),
    closed: closed.signal,
  }
  const reply = (await stream.handler(REQUEST)) as { stream: (outlet: Outlet) => void }
  reply.stream(outlet)
  return viewer
}

t.test('who connects gets the state at once, and each change after it', async (t) => {
  const timers = createManualTimers()
  const stream = createStateStream({ n: 0 }, timers)
  const viewer = await look(stream)
  t.same(viewer.written, ['retry: 1000\n\n', 'id: 1\ndata: {"n":0}\n\n'])
  stream.publish({ n: 1 })
  t.same(viewer.states(), [{ n: 0 }, { n: 1 }])
  const late = await look(stream)
  t.same(late.states(), [{ n: 1 }])
})

t.test(
  'many changes are sent at most twenty times a second, and the last one always',
  async (t) => {
    const timers = createManualTimers()
    const stream = createStateStream(0, timers)
    const viewer = await look(stream)
    for (let ms = 1; ms <= 1000; ms++) {
      stream.publish(ms)
      timers.advance(1)
    }
    timers.advance(100)
    const states = viewer.states()
    t.ok(states.length >= 20 && states.length <= 22, `${states.length} sent`)
    t.equal(states.at(-1), 1000)
    t.same(
      states,
      [...states].sort((a, b) => a - b),
    )
  },
)

t.test('who connects between two changes takes nothing from those who were there', async (t) => {
  const timers = createManualTimers()
  const stream = createStateStream('a', timers)
  const first = await look(stream)
  stream.publish('b')
  stream.publish('c')
  const second = await look(stream)
  t.same(second.states(), ['c'])
  timers.advance(50)
  t.same(first.states(), ['a', 'b', 'c'])
})

t.test('a line that is behind is sent the newest state only, once it has drained', async (t) => {
  const timers = createManualTimers()
  const stream = createStateStream(0, timers)
  const [slow, quick] = [await look(stream), await look(stream)]
  slow.isBehind = true
  for (const n of [1, 2, 3]) {
    stream.publish(n)
    timers.advance(50)
  }
  timers.advance(60_000)
  t.same(slow.states(), [0, 1])
  t.same(slow.written.length, 3, 'and no heartbeats heap up')
  slow.drain()
  t.same(slow.states(), [0, 1, 3])
  stream.publish(4)
  t.same(slow.states(), [0, 1, 3, 4])
  t.same(quick.states(), [0, 1, 2, 3, 4])
})

t.test('a silent line is kept open by a comment, and nothing runs when nobody looks', async (t) => {
  const timers = createManualTimers()
  const stream = createStateStream(0, timers)
  t.equal(timers.pending, 0)
  const viewer = await look(stream)
  timers.advance(30_000)
  t.same(viewer.written.slice(2), [':\n\n', ':\n\n'])
  viewer.leave()
  t.equal(timers.pending, 0)
  stream.publish(1)
  timers.advance(50)
  t.equal(timers.pending, 0)
  t.equal(viewer.states().length, 1)
  t.same((await look(stream)).states(), [1])
})

t.test('over a real connection it arrives, and ends when it is closed', async (t) => {
  const stream = createStateStream({ name: 'idle — آماده' })
  const server = await startHttp({ routes: { 'GET /state': stream.handler }, port: 0 })
  const read = (until: number) =>
    new Promise<string>((resolve, reject) => {
      get(`${server.url}/state`, (response) => {
        t.equal(response.headers['content-type'], 'text/event-stream')
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part) => {
          text += part
          if (text.split('data: ').length > until) stream.close()
          else if (text.includes('data: ')) stream.publish({ name: 'reading' })
        })
        response.on('end', () => resolve(text))
      }).on('error', reject)
    })
  t.equal(
    await read(2),
    'retry: 1000\n\nid: 1\ndata: {"name":"idle — آماده"}\n\nid: 2\ndata: {"name":"reading"}\n\n',
  )
  await server.close()
})
