import fc from 'fast-check'
import t from 'tap'
import { decodeCobs, encodeCobs } from '../../hardware/cobs.ts'
import { fromHex, toHex } from '../../protocol/bytes.ts'

t.test('the worked examples of Cheshire and Baker', async (t) => {
  const run = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => (from + i) & 0xff)
  const cases: [number[], string][] = [
    [[], '01'],
    [[0], '0101'],
    [[0, 0], '010101'],
    [[0x11, 0x22, 0x00, 0x33], '0311220233'],
    [[0x11, 0, 0, 0], '0211010101'],
    [run(1, 254), `ff${toHex(Uint8Array.from(run(1, 254)))}`],
    [[0, ...run(1, 254)], `01ff${toHex(Uint8Array.from(run(1, 254)))}`],
    [run(1, 255), `ff${toHex(Uint8Array.from(run(1, 254)))}02ff`],
    [run(2, 256), `ff${toHex(Uint8Array.from(run(2, 255)))}0101`],
  ]
  for (const [plain, stuffed] of cases) {
    t.equal(toHex(encodeCobs(Uint8Array.from(plain))), stuffed)
    t.same(decodeCobs(fromHex(stuffed)), Uint8Array.from(plain))
  }
})

t.test('any bytes come back, without a zero on the way, at the promised length', async (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1200 }),
      fc.integer({ min: 1, max: 255 }),
      (raw, mask) => {
        for (const bytes of [raw, raw.map((byte) => byte | mask)]) {
          const stuffed = encodeCobs(bytes)
          t.notOk(stuffed.includes(0))
          t.ok(stuffed.length <= bytes.length + Math.floor(bytes.length / 254) + 1)
          t.same(decodeCobs(stuffed), bytes)
        }
      },
    ),
    { numRuns: 60 },
  )
})

t.test('what cannot have been stuffed is refused', async (t) => {
  for (const bad of ['', '00', '02', '0311', '031100', '0211020000']) {
    t.equal(decodeCobs(fromHex(bad)), undefined, bad)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      const bytes = decodeCobs(noise)
      if (bytes !== undefined) t.ok(bytes.length < noise.length)
    }),
  )
})
