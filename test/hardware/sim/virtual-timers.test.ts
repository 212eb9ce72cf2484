import t from 'tap'
import { createRandom } from '../../../hardware/sim/random.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

t.test('thousands of actions run by time, those of one time in their order', async (t) => {
  const timers = createVirtualTimers()
  const random = createRandom(5)
  const ran: { readonly at: number; readonly order: number }[] = []
  const wanted: { readonly at: number; readonly order: number }[] = []
  for (let order = 0; order < 3000; order++) {
    const entry = { at: random.int(50), order }
    const callOff = timers.after(entry.at, () => ran.push(entry))
    if (random.int(4) === 0) callOff()
    else wanted.push(entry)
  }
  await timers.advance(50)
  t.ok(ran.length > 2000)
  const sorted = wanted.sort((a, b) => a.at - b.at || a.order - b.order)
  t.equal(JSON.stringify(ran), JSON.stringify(sorted))
})
