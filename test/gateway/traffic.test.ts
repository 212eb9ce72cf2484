import t from 'tap'
import { createTally } from '../../gateway/tally.ts'
import { createTraffic } from '../../gateway/traffic.ts'

t.test('messages and bytes are counted by type, both ways', async (t) => {
  const traffic = createTraffic()
  traffic.received('enrolment', 7000)
  traffic.received('enrolment', 6500)
  traffic.sent('receipt', 300)
  t.same(traffic.rows, [
    { type: 'enrolment', received: 2, sent: 0, receivedBytes: 13_500, sentBytes: 0 },
    { type: 'receipt', received: 0, sent: 1, receivedBytes: 0, sentBytes: 300 },
  ])
})

t.test('names from outside take no memory', async (t) => {
  const traffic = createTraffic()
  for (let n = 0; n < 1000; n++) traffic.received(`type-${n}`, 1)
  t.same(traffic.rows, [
    { type: 'other', received: 1000, sent: 0, receivedBytes: 1000, sentBytes: 0 },
  ])
  const tally = createTally()
  for (let n = 0; n < 20_000; n++) tally.hold(`record-${n}`)
  t.equal(tally.held, 10_000)
})

t.test('a record that is held twice is one, until it is taken', async (t) => {
  const tally = createTally()
  tally.hold('a')
  tally.hold('a')
  tally.refuse()
  t.same([tally.held, tally.refused], [1, 1])
  tally.release('a')
  t.equal(tally.held, 0)
})
