import fc from 'fast-check'
import t from 'tap'
import { createPacketGate } from '../../runtime/mqtt-packet-gate.ts'

const LIMITS = { firstBytes: 100, laterBytes: 400 }

/** A packet with its remaining length as 3.1.1 §2.2.3 encodes it. */
function packet(bodyBytes: number): Uint8Array {
  const length: number[] = []
  let rest = bodyBytes
  do {
    const digit = rest % 128
    rest = Math.floor(rest / 128)
    length.push(rest > 0 ? digit | 0x80 : digit)
  } while (rest > 0)
  return Uint8Array.of(0x30, ...length, ...new Uint8Array(bodyBytes).fill(0xff))
}

t.test('packets up to the limit pass, however they are cut', async (t) => {
  const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 97 }), (bodies, step) => {
      const stream = Buffer.concat([100, ...bodies].map(packet))
      const gate = createPacketGate(LIMITS)
      for (let at = 0; at < stream.length; at += step) {
        if (!gate(stream.subarray(at, at + step))) return false
      }
      return true
    }),
  )
  t.end()
})

t.test('a packet over the limit is refused at its header, before its body', async (t) => {
  const header = (bytes: number) => packet(bytes).subarray(0, bytes < 128 ? 2 : 3)
  t.equal(createPacketGate(LIMITS)(header(101)), false, 'the first has a limit of its own')
  const gate = createPacketGate(LIMITS)
  t.equal(gate(Buffer.concat([packet(100), packet(400)])), true)
  const answers = [...header(401)].map((byte) => gate(Uint8Array.of(byte)))
  t.same(answers, [true, true, false])
})

t.test('a length of no end is refused', async (t) => {
  t.equal(createPacketGate(LIMITS)(Uint8Array.of(0x10, 0x80, 0x80, 0x80, 0x80)), false)
})
