import t from 'tap'
import { until } from '../../../cli/demo/until.ts'

function watched(first: number) {
  const listeners = new Set<() => void>()
  const it = {
    state: first,
    set(next: number) {
      it.state = next
      for (const listener of [...listeners]) listener()
    },
    listeners,
    onState(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return it
}

t.test('what is there already is found at once', async (t) => {
  const it = watched(3)
  t.equal(await until(it, 'a number', (state) => (state > 2 ? state : undefined)), 3)
  t.equal(it.listeners.size, 0, 'and nobody listens any more')
})

t.test('what comes later is found when it comes', async (t) => {
  const it = watched(0)
  const found = until(it, 'five', (state) => (state === 5 ? 'five' : undefined))
  it.set(4)
  it.set(5)
  it.set(6)
  t.equal(await found, 'five')
  t.equal(it.listeners.size, 0)
})

t.test('what does not come is named, and so is what cannot be judged', async (t) => {
  // The wait itself keeps no process alive.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const it = watched(0)
  await t.rejects(
    until(it, 'the final credential', () => undefined, 1),
    { code: 'call.story', message: 'the final credential' },
  )
  const broken = new Error('stopped')
  await t.rejects(
    until(it, 'anything', () => {
      throw broken
    }),
    broken,
  )
  t.equal(it.listeners.size, 0)
})
