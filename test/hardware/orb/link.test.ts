import fc from 'fast-check'
import t from 'tap'
import { encodeFrame, type LinkFrame, MAX_BODY_BYTES, scan } from '../../../hardware/orb/link.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

const MEASURE: LinkFrame = { version: 1, type: 0x04, tag: 0x01_02, body: new Uint8Array(0) }
const DISTANCE: LinkFrame = { version: 1, type: 0x84, tag: 0x01_02, body: Uint8Array.of(1, 0x2c) }

const frames = fc
  .array(
    fc.record({
      version: fc.integer({ min: 0, max: 255 }),
      type: fc.integer({ min: 0, max: 255 }),
      tag: fc.integer({ min: 0, max: 0xff_ff }),
      body: fc.uint8Array({ maxLength: 600 }),
    }),
    { maxLength: 6 },
  )
  .map((all): LinkFrame[] => all)

t.test('a frame on the wire, field by field', async (t) => {
  t.equal(
    toHex(encodeFrame(DISTANCE)),
    [
      '00', // ends whatever came before
      '0b', // ten bytes without a zero follow
      '01', // version
      '84', // type: distance
      '0102', // tag
      '012c', // body: 300 mm
      'ae038afd', // CRC-32 over 01 84 01 02 01 2c
      '00',
    ].join(''),
  )
  t.same(scan(encodeFrame(DISTANCE)), { frames: [DISTANCE], discarded: 0, rest: new Uint8Array(0) })
})

t.test('frames come whole out of any cutting of the stream', async (t) => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 4000 }), { maxLength: 8 }), (sent, cuts) => {
      const stream = concat(...sent.map(encodeFrame))
      const points = [...cuts.map((cut) => cut % (stream.length + 1)), 0, stream.length]
      points.sort((a, b) => a - b)
      const heard: LinkFrame[] = []
      let rest: Uint8Array = new Uint8Array(0)
      for (let i = 1; i < points.length; i++) {
        const result = scan(concat(rest, stream.slice(points[i - 1], points[i])))
        t.equal(result.discarded, 0)
        heard.push(...result.frames)
        rest = result.rest
      }
      t.same(heard, sent)
    }),
    { numRuns: 40 },
  )
})

t.test('cut at each byte, a frame is unfinished, then noise once the line is idle', async (t) => {
  const bytes = encodeFrame(DISTANCE)
  for (let cut = 1; cut < bytes.length; cut++) {
    const { frames, discarded, rest } = scan(bytes.subarray(0, cut))
    t.same([frames.length, discarded, rest.length], [0, 0, cut - 1])
    const idle = scan(rest, true)
    t.same([idle.frames.length, idle.discarded, idle.rest.length], [0, cut - 1, 0])
    // Only the closing zero was missing: the next frame's opening one does for it.
    const whole = cut === bytes.length - 1 ? [DISTANCE, DISTANCE] : [DISTANCE]
    t.same(scan(concat(rest, bytes)).frames, whole, 'the next frame does not wait for it')
  }
})

t.test('a bit wrong anywhere costs that frame and never the next', async (t) => {
  const bytes = encodeFrame(DISTANCE)
  for (let bit = 8; bit < (bytes.length - 1) * 8; bit++) {
    const wrong = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    const { frames, discarded } = scan(concat(wrong, encodeFrame(MEASURE)))
    t.same(frames, [MEASURE])
    // A bit that turned a byte into a delimiter is not itself counted.
    t.ok(discarded === bytes.length - 2 || discarded === bytes.length - 3)
  }
})

t.test('noise never makes a frame, never throws and never holds a frame back', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
      const { frames, discarded } = scan(concat(noise, encodeFrame(MEASURE)))
      t.same(frames, [MEASURE])
      t.equal(discarded, noise.filter((byte) => byte !== 0).length)
    }),
  )
})

t.test('a tail longer than any frame is thrown away, and no longer frame is taken', async (t) => {
  const largest = { ...MEASURE, body: new Uint8Array(MAX_BODY_BYTES).fill(0xaa) }
  t.same(scan(encodeFrame(largest)).frames, [largest])
  const tooLong = { ...MEASURE, body: new Uint8Array(MAX_BODY_BYTES + 1).fill(0xaa) }
  t.same(scan(encodeFrame(tooLong)).frames, [])
  const endless = new Uint8Array(MAX_BODY_BYTES * 3).fill(0x55)
  const { rest, discarded } = scan(endless)
  t.same([rest.length, discarded], [0, endless.length])
})

t.test('a frame too short for its head is no frame', async (t) => {
  t.same(scan(fromHex('0001000300')).frames, [])
})
