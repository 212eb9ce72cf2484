import t from 'tap'
import { type Courier, createCourier } from '../../../gateway/federation/courier.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { createMemoryBus } from '../../kit/memory-bus.ts'
import { listLog } from '../bench.ts'

function bench(send: (id: string) => Promise<void> = async () => {}) {
  const timers = createVirtualTimers()
  const transport = createMemoryBus().connect()
  const sent: string[] = []
  const errors: unknown[] = []
  let changes = 0
  const courier: Courier = createCourier({
    transport,
    timers,
    resendMs: 30_000,
    log: listLog([]),
    onError: (error) => void errors.push(error),
    onChange: () => {
      changes += 1
    },
  })
  const add = (id: string) =>
    courier.add(id, () => {
      sent.push(id)
      return send(id)
    })
  return { timers, transport, sent, errors, courier, add, changes: () => changes }
}

t.test('sixteen at most are under way; each that is settled makes room for one', async (t) => {
  const { sent, courier, add } = bench()
  for (let n = 0; n < 40; n++) add(`q${n}`)
  t.equal(sent.length, 16)
  courier.settle('q3')
  t.equal(sent.length, 17)
  t.equal(sent.at(-1), 'q16')
  t.equal(courier.length, 39)
  courier.settle('never sent')
  t.equal(sent.length, 17)
})

t.test('what nobody confirms goes again, less and less often, and lets others pass', async (t) => {
  const { timers, sent, courier, add } = bench()
  for (let n = 0; n < 20; n++) add(`q${n}`)
  await timers.advance(30_000)
  t.same(
    sent.slice(16, 20),
    ['q16', 'q17', 'q18', 'q19'],
    'who has not been sent comes before who was not heard',
  )
  const before = sent.length
  await timers.advance(59_000)
  t.equal(sent.length, before)
  await timers.advance(1000)
  t.equal(sent.length, before + 16)
  await timers.advance(1000)
  courier.hear()
  await timers.advance(30_000)
  t.equal(sent.length, before + 32, 'a peer that speaks again is soon told the rest')
})

t.test('nothing is sent without a line, and all of it once the line is back', async (t) => {
  const { timers, transport, sent, courier, add } = bench()
  transport.cut()
  add('a')
  await timers.advance(1_000_000)
  t.same(sent, [])
  t.ok(courier.isQuiet, 'a peer out of reach is nothing to wait for')
  transport.mend()
  t.same(sent, ['a'])
  t.notOk(courier.isQuiet)
  transport.cut()
  transport.mend()
  t.same(sent, ['a', 'a'], 'the line may have swallowed it')
  courier.settle('a')
  t.ok(courier.isQuiet)
})

t.test('a postponed parcel goes again in an hour; settled meanwhile, never', async (t) => {
  const { timers, sent, courier, add } = bench()
  add('a')
  add('b')
  courier.postpone('a')
  courier.postpone('b')
  t.ok(courier.isQuiet)
  courier.settle('b')
  await timers.advance(3_599_000)
  t.same(sent, ['a', 'b'])
  await timers.advance(1000)
  t.same(sent, ['a', 'b', 'a'])
})

t.test('the same parcel twice is one, and a line that breaks is no failure', async (t) => {
  const { timers, sent, errors, courier, add } = bench(async (id) => {
    if (id === 'bug') throw new TypeError('a bug')
    throw new PersonhoodError('link.down', 'cut')
  })
  add('a')
  add('a')
  await timers.advance(0)
  t.same(sent, ['a'])
  t.same(errors, [])
  t.equal(courier.length, 1)
  add('bug')
  await timers.advance(0)
  t.equal(errors.length, 1)
})

t.test('after its close nothing moves any more', async (t) => {
  const { timers, transport, sent, courier, add } = bench()
  add('a')
  courier.postpone('a')
  add('b')
  courier.close()
  transport.cut()
  transport.mend()
  await timers.advance(10_000_000)
  t.same(sent, ['a', 'b'])
  t.ok(courier.isQuiet)
})
