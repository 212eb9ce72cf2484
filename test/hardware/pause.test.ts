import t from 'tap'
import { pause } from '../../hardware/pause.ts'
import { createVirtualTimers } from '../../hardware/sim/virtual-timers.ts'

t.test('a pause lasts as long as it says', async (t) => {
  const timers = createVirtualTimers()
  let isOver = false
  const pausing = pause(timers, 100).then(() => {
    isOver = true
  })
  await timers.advance(99)
  t.equal(isOver, false)
  await timers.advance(1)
  await pausing
})

t.test('a caller who gives up ends it with their reason, before or meanwhile', async (t) => {
  const timers = createVirtualTimers()
  const mine = new AbortController()
  const reason = new Error('closing time')
  const pausing = t.rejects(pause(timers, 100, mine.signal), reason)
  mine.abort(reason)
  await pausing
  await t.rejects(pause(timers, 100, mine.signal), reason)
})
