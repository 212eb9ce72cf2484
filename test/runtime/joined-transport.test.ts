import t from 'tap'
import { fromText, toText } from '../../protocol/bytes.ts'
import { joinTransports } from '../../runtime/joined-transport.ts'
import { createMemoryBus } from '../kit/memory-bus.ts'

const TOPIC = 'personhood/1/a'

t.test(
  'what any broker brings is heard, what is said goes to all that are connected',
  async (t) => {
    const buses = [createMemoryBus(), createMemoryBus()] as const
    const lines = buses.map((bus) => bus.connect())
    const joined = joinTransports(lines)
    const heard: string[] = []
    const stop = await joined.subscribe(TOPIC, ({ payload }) => void heard.push(toText(payload)))
    await buses[0].connect().publish(TOPIC, fromText('by the first'))
    await buses[1].connect().publish(TOPIC, fromText('by the second'))
    t.same(heard, ['by the first', 'by the second'])
    await stop()
    await joined.publish(TOPIC, fromText('answer'))
    t.same(
      buses.map(({ messages }) => messages.length),
      [2, 2],
    )
    t.same(heard.length, 2, 'and nothing is heard after the end')
    t.equal(joined.counters().sentBytes, 12, 'each copy counts')
  },
)

t.test('one broker may be away: all of them away is no line', async (t) => {
  const buses = [createMemoryBus(), createMemoryBus()] as const
  const [first, second] = [buses[0].connect(), buses[1].connect()]
  const joined = joinTransports([first, second])
  const states: boolean[] = []
  const stop = joined.onState((isConnected) => void states.push(isConnected))
  first.cut()
  t.equal(joined.isConnected, true)
  await joined.publish(TOPIC, fromText('answer'))
  t.same([buses[0].messages.length, buses[1].messages.length], [0, 1])
  second.cut()
  t.equal(joined.isConnected, false)
  await t.rejects(joined.publish(TOPIC, fromText('answer')), { code: 'link.down' })
  first.mend()
  t.same(
    states,
    [true, false, true],
    'who comes back is told, so that what stays is published again',
  )
  stop()
  second.mend()
  t.equal(states.length, 3)
})

t.test('one broker is itself', async (t) => {
  const line = createMemoryBus().connect()
  t.equal(joinTransports([line]), line)
})
