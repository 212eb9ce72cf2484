import { EventEmitter } from 'node:events'
import t from 'tap'
import { until } from '../../runtime/until.ts'

const never = new Promise<never>(() => undefined)
const fault = (cause: unknown) => new Error(`fault ${String(cause)}`)

t.test('a promise that settles first gives its outcome', async (t) => {
  const limits = { signals: [undefined], timeoutMs: 10_000, fault }
  t.equal(await until(Promise.resolve(3), limits), 3)
  await t.rejects(until(Promise.reject(new Error('own')), limits), { message: 'own' })
})

t.test('a signal ends the wait, before or while it lasts, and leaves no listener', async (t) => {
  const stop = new AbortController()
  const limits = { signals: [undefined, stop.signal], timeoutMs: 10_000, fault }
  const waiting = until(never, limits)
  stop.abort('stopped')
  await t.rejects(waiting, { message: 'fault stopped' })
  await t.rejects(until(never, limits), { message: 'fault stopped' })
  t.equal(EventEmitter.getEventListeners(stop.signal, 'abort').length, 0)
})

t.test('time ends the wait', async (t) => {
  await t.rejects(until(never, { signals: [], timeoutMs: 1, fault }), {
    message: 'fault undefined',
  })
})

t.test('many may wait on one signal without a warning', async (t) => {
  const warnings: string[] = []
  const take = ({ name }: Error) => warnings.push(name)
  process.on('warning', take)
  const stop = new AbortController()
  const limits = { signals: [stop.signal], timeoutMs: 10_000, fault }
  const waits = Array.from({ length: 30 }, () => until(never, limits))
  const outcomes = Promise.allSettled(waits)
  stop.abort('all')
  t.ok((await outcomes).every(({ status }) => status === 'rejected'))
  await new Promise(setImmediate)
  process.off('warning', take)
  t.same(warnings, [])
})
