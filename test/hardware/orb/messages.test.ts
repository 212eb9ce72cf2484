import fc from 'fast-check'
import t from 'tap'
import { MAX_CAPTURE_FRAMES, MAX_CHUNK_PIXELS } from '../../../hardware/orb/bodies.ts'
import { scan } from '../../../hardware/orb/link.ts'
import {
  decodeMessage,
  encodeMessage,
  type OrbMessage,
  scanMessages,
} from '../../../hardware/orb/messages.ts'
import { concat } from '../../../protocol/bytes.ts'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const eye = fc.constantFrom('left' as const, 'right' as const)
const word = fc.integer({ min: 0, max: 0xff_ff })
const long = fc.integer({ min: 0, max: 0xff_ff_ff_ff })
const octet = fc.integer({ min: 0, max: 255 })
const text = fc.string({ maxLength: 16 })

const bodies: { readonly [name in OrbMessage['name']]: fc.Arbitrary<object> } = {
  hello: fc.record({ challenge: bytesOf(32) }),
  identity: fc.record({
    storedFault: octet,
    boot: bytesOf(8),
    lights: octet,
    model: text,
    serial: text,
    publicKey: bytesOf(33),
    signature: bytesOf(64),
  }),
  start: fc.record({
    eye,
    nonce: bytesOf(16),
    exposureUs: long,
    maxFrames: fc.integer({ min: 1, max: MAX_CAPTURE_FRAMES }),
    illumination: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  started: fc.constant({}),
  chunk: fc.record({
    sequence: word,
    headUs: fc.maxSafeNat(),
    eye,
    illumination: fc.integer({ min: 0, max: 7 }),
    width: fc.constant(64),
    height: fc.constant(48),
    offset: fc.integer({ min: 0, max: 64 * 48 - 40 }),
    pixels: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  }),
  stop: fc.constant({}),
  signature: fc.record({
    eye,
    boot: bytesOf(8),
    nonce: bytesOf(16),
    digests: fc.array(fc.record({ sequence: word, sha256: bytesOf(32) }), { maxLength: 4 }),
    signature: bytesOf(64),
  }),
  measure: fc.constant({}),
  distance: fc.record({ mm: word }),
  test: fc.constant({}),
  tested: fc.record({ working: octet, celsius: fc.integer({ min: -128, max: 127 }) }),
  heartbeat: fc.record({ uptimeMs: long }),
  error: fc.record({ code: octet, text }),
}
const names = Object.keys(bodies) as OrbMessage['name'][]
const messages = fc.oneof(
  ...names.map((name) => fc.record({ name: fc.constant(name), tag: word, body: bodies[name] })),
) as fc.Arbitrary<OrbMessage>

const frameOf = (message: OrbMessage) => {
  const [frame] = scan(encodeMessage(message)).frames
  if (frame === undefined) throw new Error(`no frame for ${message.name}`)
  return frame
}

t.test('each message comes back from the wire as it was', async (t) => {
  fc.assert(
    fc.property(messages, (message) => {
      t.same(scanMessages(encodeMessage(message), false).frames, [message])
    }),
    { numRuns: 300 },
  )
})

t.test('a body cut at any byte is refused, or is a shorter text, list or image', async (t) => {
  fc.assert(
    fc.property(messages, (message) => {
      const { body, ...head } = frameOf(message)
      for (let cut = 0; cut < body.length; cut++) {
        const decoded = decodeMessage({ ...head, body: body.subarray(0, cut) })
        const isOpenEnded = ['start', 'chunk', 'error'].includes(message.name)
        t.ok(decoded === undefined || isOpenEnded, `${message.name} cut at ${cut}`)
      }
    }),
    { numRuns: 60 },
  )
})

t.test('any bytes as a body of any type are a message or nothing, never a fault', async (t) => {
  fc.assert(
    fc.property(octet, fc.uint8Array({ maxLength: 200 }), (type, body) => {
      const decoded = decodeMessage({ version: 2, type, tag: 1, body })
      if (decoded !== undefined) t.same(frameOf(decoded).body, body)
    }),
    { numRuns: 500 },
  )
})

t.test('a frame of another version or of no known type is counted as thrown away', async (t) => {
  const frame = frameOf({ name: 'distance', tag: 1, body: { mm: 300 } })
  t.equal(decodeMessage({ ...frame, version: 1 }), undefined)
  t.equal(decodeMessage({ ...frame, type: 0x77 }), undefined)
  const bytes = encodeMessage({ name: 'distance', tag: 1, body: { mm: 300 } })
  const { frames, discarded } = scanMessages(concat(bytes, Uint8Array.of(9, 9, 0), bytes), false)
  t.same([frames.length, discarded], [2, 2])
})

t.test('greeting and complaint of another version are understood as just that', async (t) => {
  const hello = frameOf({ name: 'hello', tag: 9, body: { challenge: new Uint8Array(32) } })
  const complaint = frameOf({ name: 'error', tag: 9, body: { code: 1, text: 'no' } })
  for (const body of [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(400)]) {
    t.match(decodeMessage({ ...hello, version: 1, body }), { name: 'hello', body: { version: 1 } })
    t.match(decodeMessage({ ...complaint, version: 3, body }), {
      ...{ name: 'error', tag: 9 },
      body: { code: 1, version: 3 },
    })
  }
})

t.test('values outside the link are refused', async (t) => {
  const chunk = {
    sequence: 0,
    headUs: 0,
    eye: 'left' as const,
    illumination: 0,
    width: 8,
    height: 8,
    offset: 60,
    pixels: new Uint8Array(4),
  }
  const refuses = (message: OrbMessage, why: string) =>
    t.equal(decodeMessage(frameOf(message)), undefined, why)
  t.ok(decodeMessage(frameOf({ name: 'chunk', tag: 1, body: chunk })))
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, offset: 61 } }, 'past the last pixel')
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, width: 0 } }, 'no width')
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, illumination: 8 } }, 'a light of no version')
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, headUs: 2 ** 53 } }, 'a clock past counting')
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, height: 4000 } }, 'too high')
  refuses({ name: 'chunk', tag: 1, body: { ...chunk, pixels: new Uint8Array(0) } }, 'no pixels')
  const large = { ...chunk, width: 100, height: 100, offset: 0 }
  const pixels = new Uint8Array(MAX_CHUNK_PIXELS + 1)
  refuses({ name: 'chunk', tag: 1, body: { ...large, pixels } }, 'too many pixels')
  const start = {
    eye: 'left' as const,
    nonce: new Uint8Array(16),
    exposureUs: 0,
    maxFrames: 1,
    illumination: Uint8Array.of(3),
  }
  t.ok(decodeMessage(frameOf({ name: 'start', tag: 1, body: start })))
  refuses({ name: 'start', tag: 1, body: { ...start, maxFrames: 0 } }, 'no frames')
  refuses({ name: 'start', tag: 1, body: { ...start, maxFrames: 241 } }, 'too many frames')
  refuses({ name: 'start', tag: 1, body: { ...start, illumination: new Uint8Array(9) } }, 'nine')
  const { body, ...head } = frameOf({ name: 'start', tag: 1, body: start })
  t.equal(decodeMessage({ ...head, body: Uint8Array.of(3, ...body.subarray(1)) }), undefined)
})

t.test('long texts are cut between characters', async (t) => {
  const long = frameOf({ name: 'error', tag: 0, body: { code: 1, text: 'ü'.repeat(150) } })
  t.same(decodeMessage(long)?.body, { code: 1, text: 'ü'.repeat(100) })
})
