import fc from 'fast-check'
import t from 'tap'
import {
  encodeFrame,
  type FingerFrame,
  Kind,
  MAX_PAYLOAD_BYTES,
  scanFinger,
} from '../../../hardware/finger/frame.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

/** GenImg as the manual prints it (§5.2.2). */
const GENERATE = fromHex(
  [
    'ef01', // start
    'ffffffff', // address
    '01', // command
    '0003', // length: instruction and sum
    '01', // GenImg
    '0005', // sum
  ].join(''),
)
const FRAME: FingerFrame = { kind: Kind.command, address: 0xff_ff_ff_ff, payload: Uint8Array.of(1) }

t.test('a packet is start, address, kind, length, payload and sum', async (t) => {
  t.equal(toHex(encodeFrame(FRAME)), toHex(GENERATE))
  t.same(scanFinger(GENERATE, false), { frames: [FRAME], discarded: 0, rest: new Uint8Array(0) })
})

t.test('verify password of the manual, with its sum', async (t) => {
  const payload = Uint8Array.of(0x13, 0, 0, 0, 0)
  t.equal(toHex(encodeFrame({ ...FRAME, payload })), 'ef01ffffffff01000713000000' + '00001b')
})

t.test('payloads that no packet has are our mistake', async (t) => {
  for (const length of [0, MAX_PAYLOAD_BYTES + 1]) {
    t.throws(() => encodeFrame({ ...FRAME, payload: new Uint8Array(length) }), {
      code: 'call.finger-frame',
    })
  }
})

t.test('a garbled packet costs itself and not the next one', async (t) => {
  for (let at = 0; at < GENERATE.length; at++) {
    const garbled = GENERATE.slice()
    garbled[at] = (garbled[at] ?? 0) ^ 0x40
    const { frames } = scanFinger(concat(garbled, GENERATE), true)
    // The address is not summed: a packet for another module is for nobody.
    const isAddress = at >= 2 && at < 6
    t.equal(frames.filter(({ address }) => address === 0xff_ff_ff_ff).length, 1, `byte ${at}`)
    t.equal(frames.length, isAddress ? 2 : 1)
  }
})

t.test('a false head holds nothing back once the line is silent', async (t) => {
  const head = fromHex('ef01ffffffff020102')
  t.same(scanFinger(concat(head, GENERATE), false).frames, [])
  t.same(scanFinger(concat(head, GENERATE), true), {
    frames: [FRAME],
    discarded: head.length,
    rest: new Uint8Array(0),
  })
})

t.test('cut at any byte it is awaited, and given up when the line is silent', async (t) => {
  for (let cut = 1; cut < GENERATE.length; cut++) {
    const head = scanFinger(GENERATE.subarray(0, cut), false)
    t.same([head.frames.length, head.discarded], [0, 0])
    t.same(scanFinger(concat(head.rest, GENERATE.subarray(cut)), false).frames, [FRAME])
    t.equal(scanFinger(GENERATE.subarray(0, cut), true).rest.length, 0)
  }
})

t.test('lengths and kinds that no packet has are noise', async (t) => {
  for (const head of ['ef01ffffffff030003', 'ef01ffffffff010002', 'ef01ffffffff010103']) {
    t.same(scanFinger(concat(fromHex(head), GENERATE), false).frames, [FRAME], head)
  }
})

const anyFrame = fc.record({
  kind: fc.constantFrom(...Object.values(Kind)),
  address: fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
  payload: fc.uint8Array({ minLength: 1, maxLength: MAX_PAYLOAD_BYTES }),
})

t.test('packets come out however the line splits them', async (t) => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 3 }),
      fc.integer({ min: 1, max: 40 }),
      (sent, size) => {
        const line = concat(...sent.map(encodeFrame))
        const got: FingerFrame[] = []
        let rest: Uint8Array = new Uint8Array(0)
        for (let at = 0; at < line.length; at += size) {
          const scan = scanFinger(concat(rest, line.subarray(at, at + size)), false)
          got.push(...scan.frames)
          rest = scan.rest
        }
        t.same(got, sent)
      },
    ),
    { numRuns: 100 },
  )
})

t.test('noise leaves a bounded rest, and the packet behind it comes through', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => {
      const { rest } = scanFinger(noise, false)
      const { frames } = scanFinger(concat(noise, GENERATE), true)
      return rest.length <= MAX_PAYLOAD_BYTES + 11 && frames.length >= 1
    }),
    { numRuns: 2000 },
  )
})
