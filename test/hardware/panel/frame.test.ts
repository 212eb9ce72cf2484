import fc from 'fast-check'
import t from 'tap'
import {
  crc7,
  encodeFrame,
  MAX_MESSAGE_BYTES,
  MAX_PAYLOAD_BYTES,
  type PanelFrame,
  scanPanel,
} from '../../../hardware/panel/frame.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

const PING: PanelFrame = { command: 0x03, seq: 0x05, payload: new Uint8Array(0) }
const VERSION = fromHex('f90207')
const PORT = fromHex('90017f')

t.test('a message is start, command, sequence, payload, check and end', async (t) => {
  const frame = { command: 0x04, seq: 0x7f, payload: Uint8Array.of(0x11, 0x22) }
  const bytes = encodeFrame(frame)
  t.equal(toHex(bytes.subarray(0, 5)), 'f0047f1122')
  t.equal(bytes[5], crc7(fromHex('047f1122')))
  t.equal(bytes[6], 0xf7)
  t.same(scanPanel(bytes, false), { frames: [frame], discarded: 0, rest: new Uint8Array(0) })
})

t.test('the check is the CRC-7 of SD cards, over seven bits a byte', async (t) => {
  // The two commands that the SD specification works out (§4.5); leading zeros change nothing.
  for (const [message, check] of [
    [0x40_00_00_00_00n, 0x4a],
    [0x51_00_00_00_00n, 0x2a],
  ] as const) {
    const sevens = Uint8Array.from({ length: 6 }, (_, i) =>
      Number((message >> BigInt(7 * (5 - i))) & 0x7fn),
    )
    t.equal(crc7(sevens), check)
  }
})

t.test('bytes of eight bits and payloads that the panel cannot hold are our mistake', async (t) => {
  const wrong = { code: 'call.panel-frame' }
  t.throws(() => encodeFrame({ ...PING, payload: Uint8Array.of(0x80) }), wrong)
  t.throws(() => encodeFrame({ ...PING, seq: 200 }), wrong)
  t.throws(() => encodeFrame({ ...PING, payload: new Uint8Array(MAX_PAYLOAD_BYTES + 1) }), wrong)
  t.equal(encodeFrame({ ...PING, payload: new Uint8Array(MAX_PAYLOAD_BYTES) }).length, 66)
})

t.test('Firmata of every length is passed over without a loss', async (t) => {
  const capabilities = concat(fromHex('f06c'), new Uint8Array(200).fill(0x7f), fromHex('f7'))
  const line = concat(VERSION, capabilities, PORT, encodeFrame(PING), fromHex('ff'), VERSION)
  t.same(scanPanel(line, false), { frames: [PING], discarded: 0, rest: new Uint8Array(0) })
})

t.test('a spoiled message costs itself and not the next one', async (t) => {
  const spoiled = encodeFrame({ command: 0x0a, seq: 1, payload: Uint8Array.of(1, 2, 3) })
  spoiled[4] = (spoiled[4] ?? 0) ^ 0x10
  t.same(scanPanel(concat(spoiled, encodeFrame(PING)), false), {
    frames: [PING],
    discarded: spoiled.length,
    rest: new Uint8Array(0),
  })
})

t.test('a message that another one cuts short is given up at once', async (t) => {
  for (const head of [fromHex('f003'), fromHex('f9'), fromHex('9001')]) {
    const { frames, discarded } = scanPanel(concat(head, encodeFrame(PING)), false)
    t.same(frames, [PING])
    t.equal(discarded, head.length)
  }
})

t.test('cut at any byte it is awaited, and given up when the line is silent', async (t) => {
  for (const message of [encodeFrame(PING), VERSION]) {
    for (let cut = 1; cut < message.length; cut++) {
      const head = scanPanel(message.subarray(0, cut), false)
      t.equal(head.frames.length, 0)
      t.equal(head.discarded, 0)
      t.equal(scanPanel(concat(head.rest, message.subarray(cut)), false).discarded, 0)
      const idle = scanPanel(message.subarray(0, cut), true)
      t.equal(idle.rest.length, 0)
      t.equal(idle.discarded, cut)
    }
  }
})

t.test('a start without an end holds a bounded number of bytes back', async (t) => {
  const endless = concat(fromHex('f001'), new Uint8Array(3 * MAX_MESSAGE_BYTES))
  const { rest, discarded } = scanPanel(endless, false)
  t.equal(rest.length, 0)
  t.equal(discarded, endless.length)
})

t.test('noise leaves a bounded rest, and the message behind it comes through', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (noise) => {
      const { rest } = scanPanel(noise, false)
      const { frames } = scanPanel(concat(noise, fromHex('f7'), encodeFrame(PING)), true)
      return rest.length < MAX_MESSAGE_BYTES && frames.at(-1)?.command === PING.command
    }),
    { numRuns: 2000 },
  )
})

t.test('messages come out however the line splits them', async (t) => {
  const seven = fc.integer({ min: 0, max: 0x7f })
  const anyFrame = fc.record({
    command: fc.integer({ min: 1, max: 15 }),
    seq: seven,
    payload: fc.array(seven, { maxLength: MAX_PAYLOAD_BYTES }).map((all) => Uint8Array.from(all)),
  })
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (sent, size) => {
        const line = concat(...sent.flatMap((frame) => [encodeFrame(frame), PORT]))
        const got: PanelFrame[] = []
        let rest: Uint8Array = new Uint8Array(0)
        for (let at = 0; at < line.length; at += size) {
          const scan = scanPanel(concat(rest, line.subarray(at, at + size)), false)
          got.push(...scan.frames)
          rest = scan.rest
        }
        t.same(got, sent)
      },
    ),
    { numRuns: 100 },
  )
})
