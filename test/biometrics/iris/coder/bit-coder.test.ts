import fc from 'fast-check'
import t from 'tap'
import { createBitDecoder, createBitEncoder } from '../../../../biometrics/iris/coder/bit-coder.ts'

const anyBit = fc.record({
  bit: fc.constantFrom<0 | 1>(0, 1),
  chance: fc.oneof(
    fc.integer({ min: 1, max: 65_535 }),
    fc.constantFrom(1, 2, 32_767, 32_768, 65_535),
  ),
})

t.test('whatever bits go in at whatever chances come out again', async () => {
  fc.assert(
    fc.property(fc.array(anyBit, { maxLength: 400 }), (bits) => {
      const encoder = createBitEncoder(4000)
      for (const { bit, chance } of bits) encoder.put(bit, chance)
      const decoder = createBitDecoder(encoder.finish() ?? new Uint8Array())
      return bits.every(({ bit, chance }) => decoder.take(chance) === bit)
    }),
    { seed: 6, numRuns: 300 },
  )
})

t.test('what was foretold costs little, what was not costs much', async (t) => {
  const lengthOf = (bit: 0 | 1, chance: number) => {
    const encoder = createBitEncoder(4000)
    for (let i = 0; i < 1000; i++) encoder.put(bit, chance)
    return encoder.finish()?.length ?? Number.NaN
  }
  t.equal(lengthOf(1, 65_535), 0, 'a thousand bits that were certain')
  t.ok(Math.abs(lengthOf(0, 32_768) - 125) <= 2, 'a thousand tosses of a coin')
  t.ok(lengthOf(0, 65_535) > 1900, 'a thousand surprises, 16 bits each')
})

t.test('an encoder gives up where more bytes come than allowed, and not one before', async (t) => {
  const coded = (maxBytes: number) => {
    const encoder = createBitEncoder(maxBytes)
    for (let i = 0; i < 800; i++) encoder.put(i % 3 === 0 ? 1 : 0, 32_768)
    return encoder.finish()
  }
  const whole = coded(4000)?.length ?? 0
  t.equal(coded(whole)?.length, whole)
  t.equal(coded(whole - 1), undefined)
})

t.test('an interval across the middle for long is cut rightly', async (t) => {
  // 32,767 of 65,536 and its complement in turn keep both ends beside the middle.
  const encoder = createBitEncoder(4000)
  const chances = Array.from({ length: 600 }, (_, i) => (i === 0 ? 32_768 : i % 2 ? 65_535 : 1))
  const bits = chances.map((_, i) => (i === 0 || i % 2 === 0 ? 0 : 1) as 0 | 1)
  for (const [i, bit] of bits.entries()) encoder.put(bit, chances[i] as number)
  const decoder = createBitDecoder(encoder.finish() ?? new Uint8Array())
  t.same(
    chances.map((chance) => decoder.take(chance)),
    bits,
  )
})

t.test('a decoder reads on behind the end, and any bytes give bits', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const decoder = createBitDecoder(bytes)
      for (let i = 0; i < 500; i++) {
        const bit = decoder.take(20_000)
        if (bit !== 0 && bit !== 1) return false
      }
      return true
    }),
    { seed: 7 },
  )
})
