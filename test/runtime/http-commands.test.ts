import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { createCommandHandler } from '../../runtime/http-commands.ts'
import type { HttpRequest } from '../../runtime/http-reply.ts'

const KEY = '7c9e6679-7425-40de-944b-e07fc1f90ae7'

function command(body: string, key: string | undefined = KEY, path = '/commands'): HttpRequest {
  const headers = key === '' ? {} : { 'idempotency-key': key }
  const query = new URLSearchParams()
  return { method: 'POST', path, rest: '', query, headers, body: fromText(body) }
}

t.test('a command asked for twice is done once and answered twice', async (t) => {
  const done: unknown[] = []
  const handler = createCommandHandler(async (what) => {
    await Promise.resolve()
    done.push(what)
    return { count: done.length }
  })
  const [first, second] = await Promise.all([
    handler(command('{"name":"enrol"}')),
    handler(command('{"name":"enrol"}')),
  ])
  t.same(first, { status: 200, type: 'application/json', body: '{"count":1}' })
  t.same(second, first)
  t.same(await handler(command('{"name":"enrol"}')), first)
  t.same(done, [{ name: 'enrol' }])
  const other = await handler(command('{"name":"enrol"}', KEY.replace('7', '8')))
  t.equal(other.body, '{"count":2}')
})

t.test('a key that comes with another command is refused', async (t) => {
  let done = 0
  const handler = createCommandHandler(() => void done++)
  t.equal((await handler(command('1'))).body, 'null')
  t.equal((await handler(command('2'))).status, 422)
  t.equal((await handler(command('1', KEY, '/other'))).status, 422)
  t.equal(done, 1)
})

t.test('a command without a good key is refused', async (t) => {
  const handler = createCommandHandler(() => t.fail('done'))
  for (const key of [
    '',
    'short',
    'x'.repeat(129),
    'has spaces in it, long',
    'ümlaut-ümlaut-ümlaut',
  ]) {
    t.equal((await handler(command('1', key))).status, 400)
  }
})

t.test('what failed may be tried again under its key; what is no JSON is told', async (t) => {
  let tries = 0
  const handler = createCommandHandler(() => {
    tries++
    if (tries === 1) throw new Error('busy')
    return tries
  })
  await t.rejects(async () => handler(command('1')), { message: 'busy' })
  t.equal((await handler(command('1'))).body, '2')
  for (const body of ['', '{', '\u0000']) {
    await t.rejects(async () => handler(command(body, `${KEY}${body.length}`)), {
      code: 'bytes.json',
    })
  }
})

t.test('a thousand commands are remembered and no more', async (t) => {
  let done = 0
  const handler = createCommandHandler(() => ++done)
  for (let i = 0; i < 1001; i++) await handler(command('1', `key-of-16-characters-${i}`))
  t.equal((await handler(command('1', 'key-of-16-characters-1'))).body, '2')
  t.equal((await handler(command('1', 'key-of-16-characters-0'))).body, '1002')
})
