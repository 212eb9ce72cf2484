import t from 'tap'
import { createNotifier } from '../../gateway/notifier.ts'
import { createManualTimers } from '../runtime/manual-timers.ts'

t.test('many changes of a moment are told once, and nobody is told after the stop', async (t) => {
  const timers = createManualTimers()
  const notifier = createNotifier(timers)
  let told = 0
  notifier.changed()
  t.equal(timers.pending, 0, 'without a listener there is nothing to wait for')
  const stop = notifier.listen(() => {
    told += 1
  })
  for (let n = 0; n < 50; n++) notifier.changed()
  timers.advance(99)
  t.equal(told, 0)
  timers.advance(1)
  t.equal(told, 1)
  notifier.changed()
  timers.advance(100)
  t.equal(told, 2)
  notifier.changed()
  stop()
  timers.advance(100)
  t.equal(told, 2)
  notifier.listen(() => {
    told += 1
  })
  notifier.changed()
  notifier.stop()
  timers.advance(1000)
  t.equal(told, 2)
})
