import t from 'tap'
import { createClosers } from '../../../cli/stations/closers.ts'
import { createLog } from '../../../runtime/log.ts'

const clock = { now: () => ({ unix: 0, uncertaintyS: 0, source: 'test' }) }

t.test('the last opened is closed first, and a fault in one is told and passed over', async (t) => {
  const lines: string[] = []
  const log = createLog({
    level: 'warn',
    write: (line) => lines.push(line),
    clock,
    isForPeople: false,
  })
  const closers = createClosers(log)
  const order: string[] = []
  const thing = (name: string, isBroken = false) => ({
    async close() {
      order.push(name)
      if (isBroken) throw new Error('stuck')
    },
  })
  closers.add(thing('store'))
  closers.add(thing('broker', true))
  closers.add(thing('kiosk'))
  await closers.close()
  await closers.close()
  t.same(order, ['kiosk', 'broker', 'store'])
  t.equal(lines.length, 1)
  t.match(lines[0], 'stuck')
})
