import fc from 'fast-check'
import t from 'tap'
import {
  ACK_FRAME,
  ERROR_FRAME,
  encodeFrame,
  MAX_DATA_BYTES,
  NACK_FRAME,
  type Pn532Frame,
  scanPn532,
  Tfi,
} from '../../../hardware/nfc/pn532-frame.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'

const GET_FIRMWARE = fromHex(
  [
    '00', // preamble
    '00ff', // start code
    '02', // length: frame identifier and one byte
    'fe', // length checksum
    'd4', // host to PN532
    '02', // GetFirmwareVersion
    '2a', // data checksum
    '00', // postamble
  ].join(''),
)
const FIRMWARE = information(Tfi.toHost, '0332010607')

function information(tfi: number, payload: string): Pn532Frame & { kind: 'information' } {
  return { kind: 'information', tfi, payload: fromHex(payload) }
}

function bytesOf({
  tfi,
  payload,
}: {
  readonly tfi: number
  readonly payload: Uint8Array
}): Uint8Array {
  return encodeFrame(tfi, payload)
}

t.test('a command is preamble, start code, lengths, data, checksum, postamble', async (t) => {
  t.equal(toHex(encodeFrame(Tfi.toChip, Uint8Array.of(0x02))), toHex(GET_FIRMWARE))
  t.same(scanPn532(GET_FIRMWARE, false), {
    frames: [information(Tfi.toChip, '02')],
    discarded: 0,
    rest: Uint8Array.of(0),
  })
})

t.test('a payload of 255 bytes and more takes the extended frame', async (t) => {
  const normal = encodeFrame(Tfi.toChip, new Uint8Array(254))
  t.equal(toHex(normal.subarray(0, 6)), '0000ffff01d4')
  const extended = encodeFrame(Tfi.toChip, new Uint8Array(255))
  t.equal(toHex(extended.subarray(0, 9)), '0000ffffff0100ffd4')
  for (const frame of [normal, extended, encodeFrame(Tfi.toHost, new Uint8Array(264).fill(0xff))]) {
    t.equal(scanPn532(frame, false).frames[0]?.kind, 'information')
  }
  for (const length of [0, MAX_DATA_BYTES]) {
    t.throws(() => encodeFrame(Tfi.toChip, new Uint8Array(length)), { code: 'call.nfc-frame' })
  }
})

t.test('handshake frames are told apart', async (t) => {
  const line = concat(ACK_FRAME, NACK_FRAME, ERROR_FRAME, bytesOf(FIRMWARE))
  t.same(scanPn532(line, true), {
    frames: [{ kind: 'ack' }, { kind: 'nack' }, { kind: 'error' }, FIRMWARE],
    discarded: 0,
    rest: new Uint8Array(0),
  })
})

t.test(
  'a frame with a wrong checksum is reported, costs its own bytes and not the next frame',
  async (t) => {
    const corrupt = bytesOf(FIRMWARE)
    corrupt[8] = 0x77
    const { frames, discarded } = scanPn532(concat(corrupt, ACK_FRAME), true)
    t.same(frames, [{ kind: 'corrupt' }, { kind: 'ack' }])
    t.equal(discarded, corrupt.filter((byte) => byte !== 0).length)
  },
)

t.test('a false head holds nothing back once the line is silent', async (t) => {
  const falseHead = fromHex('00fffd03')
  const line = concat(falseHead, bytesOf(FIRMWARE))
  t.same(scanPn532(line, false).frames, [])
  const { frames, discarded, rest } = scanPn532(line, true)
  t.same(frames, [FIRMWARE])
  t.same([discarded, rest.length], [3, 0])
})

t.test('lengths that no frame has are noise', async (t) => {
  for (const head of [
    '00ff0000', // length 0
    '00ff05fa', // length checksum
    '00ff01ffd52b', // one data byte that is not the error frame's
    '00ffffff010aF5', // extended, 266 bytes
    '00ffffff000000', // extended, none
    '00ffffff010101', // extended, length checksum
  ]) {
    const { frames } = scanPn532(concat(fromHex(head), ACK_FRAME), true)
    t.same(frames, [{ kind: 'ack' }], head)
  }
})

t.test('a frame cut at any byte is awaited, and given up when the line is silent', async (t) => {
  for (const frame of [bytesOf(FIRMWARE), encodeFrame(Tfi.toHost, new Uint8Array(260).fill(1))]) {
    for (let cut = 0; cut < frame.length - 1; cut++) {
      const head = scanPn532(frame.subarray(0, cut), false)
      t.equal(head.frames.length, 0)
      const whole = scanPn532(concat(head.rest, frame.subarray(cut)), false)
      t.equal(whole.frames.length, 1, `cut behind byte ${cut}`)
      t.equal(whole.discarded, 0)
      t.equal(scanPn532(frame.subarray(0, cut), true).rest.length, 0)
    }
  }
})

const anyFrame = fc.uint8Array({ minLength: 1, maxLength: 264 }).map((payload) => ({
  kind: 'information' as const,
  tfi: Tfi.toHost,
  payload,
}))

t.test('frames come out however the line splits them', async (t) => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 4 }),
      fc.infiniteStream(fc.nat(40)),
      (sent, steps) => {
        const line = concat(...sent.map(bytesOf))
        const got: Pn532Frame[] = []
        let rest: Uint8Array = new Uint8Array(0)
        for (let at = 0; at < line.length; ) {
          const [step = 0] = steps.take(1)
          const scan = scanPn532(concat(rest, line.subarray(at, at + step + 1)), false)
          got.push(...scan.frames)
          rest = scan.rest
          at += step + 1
        }
        t.same(got, sent)
      },
    ),
    { numRuns: 150 },
  )
})

t.test('noise leaves a bounded rest, and the frame behind it comes through', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (noise) => {
      const { rest } = scanPn532(noise, false)
      const { frames } = scanPn532(concat(noise, Uint8Array.of(0x13), bytesOf(FIRMWARE)), true)
      const isThere = frames.some(
        (frame) => frame.kind === 'information' && frame.payload[0] === 0x03,
      )
      return rest.length <= MAX_DATA_BYTES + 9 && isThere
    }),
    { numRuns: 2000 },
  )
})

t.test('an answer that lost a zero is corrupt, though its checksum fits', async (t) => {
  const whole = encodeFrame(Tfi.toHost, Uint8Array.of(0x41, 0x00, 0x12, 0x00, 0x34))
  for (const lost of [7, 9]) {
    const [...bytes] = whole
    bytes.splice(lost, 1)
    const { frames } = scanPn532(Uint8Array.from(bytes), true)
    t.same(frames, [{ kind: 'corrupt' }], `byte ${lost}`)
  }
  t.equal(scanPn532(whole, false).frames[0]?.kind, 'information')
})
