import fc from 'fast-check'
import t from 'tap'
import {
  type Assembly,
  assemble,
  BROADCAST,
  channelOf,
  encodeReports,
  HidCommand,
  HidError,
  type HidMessage,
  MAX_MESSAGE_BYTES,
  REPORT_BYTES,
} from '../../../hardware/fido/hid-frame.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'

const init: HidMessage = {
  channel: BROADCAST,
  command: HidCommand.init,
  payload: fromHex('0102030405060708'),
}

/** All that a row of reports leads to. */
function feed(reports: readonly Uint8Array[]) {
  let state: Assembly | undefined
  const messages: HidMessage[] = []
  const faults: number[] = []
  for (const report of reports) {
    const step = assemble(state, report)
    state = step.state
    if (step.message !== undefined) messages.push(step.message)
    if (step.fault !== undefined) faults.push(step.fault)
  }
  return { state, messages, faults }
}

t.test('a short message is one report: channel, command, length, data, zeros', async (t) => {
  const [report, ...more] = encodeReports(init)
  t.equal(more.length, 0)
  t.equal(report?.length, REPORT_BYTES)
  t.equal(toHex(report?.subarray(0, 16) ?? init.payload), 'ffffffff8600080102030405060708' + '00')
  t.same(feed([report ?? init.payload]).messages, [init])
})

t.test('a long one goes on in numbered reports', async (t) => {
  const payload = Uint8Array.from({ length: 57 + 59 + 1 }, (_, i) => i)
  const reports = encodeReports({ channel: 0x01_02_03_04, command: HidCommand.cbor, payload })
  t.equal(reports.length, 3)
  t.equal(toHex(reports[0]?.subarray(0, 8) ?? payload), '0102030490007500')
  t.equal(toHex(reports[1]?.subarray(0, 6) ?? payload), '010203040039')
  t.equal(toHex(reports[2]?.subarray(0, 7) ?? payload), '01020304017400')
})

t.test('the longest message has 7609 bytes, and no longer one is sent', async (t) => {
  t.equal(MAX_MESSAGE_BYTES, 7609)
  const longest = { ...init, payload: new Uint8Array(7609).fill(7) }
  const reports = encodeReports(longest)
  t.equal(reports.length, 129)
  t.same(feed(reports).messages.length, 1)
  t.throws(() => encodeReports({ ...init, payload: new Uint8Array(7610) }), {
    code: 'call.fido-message',
  })
})

t.test('a report that is lost, repeated or out of turn ends the message', async (t) => {
  const [first, second, third] = encodeReports({ ...init, payload: new Uint8Array(170) })
  if (first === undefined || second === undefined || third === undefined) throw new Error('three')
  for (const reports of [
    [first, third],
    [first, second, second],
    [second],
    [first, third, second],
  ]) {
    const { messages, faults } = feed(reports)
    t.same(messages, [])
    t.equal(faults[0], HidError.invalidSequence)
  }
  t.equal(feed([first, first, second, third]).messages.length, 1, 'a new start is a new message')
})

t.test('a length that no message has, and reports cut short, are faults', async (t) => {
  const [report = new Uint8Array(0)] = encodeReports({ ...init, payload: new Uint8Array(200) })
  const long = report.slice()
  long[5] = 0xff
  t.same(feed([long]).faults, [HidError.invalidLength])
  for (let cut = 0; cut < REPORT_BYTES; cut++) {
    const { messages, faults } = feed([report.subarray(0, cut)])
    t.same([messages.length, faults.length], [0, 1], `cut behind byte ${cut}`)
  }
  t.equal(channelOf(report.subarray(0, 4)), undefined)
})

t.test('any message comes out as it went in', async () => {
  const anyMessage = fc.record({
    channel: fc.integer({ min: 0, max: BROADCAST }),
    command: fc.integer({ min: 0, max: 0x7f }),
    payload: fc.uint8Array({ maxLength: 400 }),
  })
  fc.assert(
    fc.property(anyMessage, (message) => {
      const { messages, faults, state } = feed(encodeReports(message))
      const [got] = messages
      return (
        faults.length === 0 &&
        state === undefined &&
        got?.channel === message.channel &&
        got.command === message.command &&
        toHex(got.payload) === toHex(message.payload)
      )
    }),
  )
})

t.test('noise never makes more than it was given, and the message behind it comes', async () => {
  const noise = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 30 })
  fc.assert(
    fc.property(noise, (reports) => {
      const { state } = feed(reports)
      const { messages } = feed([...reports, ...encodeReports(init)])
      return (state?.gotBytes ?? 0) <= 80 * 30 && messages.at(-1)?.command === HidCommand.init
    }),
    { numRuns: 1000 },
  )
})
