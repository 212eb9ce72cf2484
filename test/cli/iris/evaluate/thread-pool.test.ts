import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { openThreads } from '../../../../cli/iris/evaluate/thread-pool.ts'

/** A thread that doubles numbers, dies at -1 and stays silent at -2. */
const SCRIPT = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', (n) => {
  if (n === -1) throw new Error('thread broke')
  if (n !== -2) parentPort.postMessage(2 * n)
})`

function script(t: Test): URL {
  return pathToFileURL(join(t.testdir({ 'double.mjs': SCRIPT }), 'double.mjs'))
}

t.test('answers come in the order of the tasks, and each is told', async (t) => {
  const threads = openThreads<number, number>(script(t), 2)
  t.teardown(() => threads.close())
  const told: number[] = []
  const { signal } = new AbortController()
  t.same(await threads.run([1, 2, 3, 4, 5], (done) => told.push(done), signal), [2, 4, 6, 8, 10])
  t.same(told, [1, 2, 3, 4, 5])
  t.same(await threads.run([], () => t.fail('told of nothing'), signal), [])
})

t.test('a thread that breaks ends the whole', async (t) => {
  const threads = openThreads<number, number>(script(t), 1)
  t.teardown(() => threads.close())
  const { signal } = new AbortController()
  await t.rejects(
    threads.run([1, -1, 2], () => {}, signal),
    { message: /thread broke/ },
  )
})

t.test('a thread that never answers is left when the operator stops', async (t) => {
  const threads = openThreads<number, number>(script(t), 1)
  t.teardown(() => threads.close())
  const stop = new AbortController()
  const running = threads.run([1, -2], () => stop.abort(), stop.signal)
  await t.rejects(running, { code: 'call.aborted' })
  await t.rejects(
    threads.run([1], () => {}, stop.signal),
    { code: 'call.aborted' },
  )
})
