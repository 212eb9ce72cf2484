import fc from 'fast-check'
import t from 'tap'
import { concat, fromHex, fromText, toHex } from '../../protocol/bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isTag } from '../../protocol/cbor.ts'
import { acceptedCuts, feedNoise, isRefused, outcomeOf } from '../kit/parsers.ts'
import { readVectors } from '../kit/vectors.ts'

type Vector = { readonly hex: string; readonly value: string; readonly roundtrip: boolean }

/** Floats, simple values, indefinite lengths, tags and (c2, c3) bignums are beyond this profile. */
const BEYOND = /_|undefined|simple|Infinity|NaN|^-?\d+\.\d|e\+|^\d+\(/

function isOfProfile({ hex, value, roundtrip }: Vector): boolean {
  return roundtrip && !BEYOND.test(value) && !/^c[23]/.test(hex)
}

const nested: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc
      .array(fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.string({ maxLength: 30 })), tie('value')))
      .map((entries) => new Map(entries)),
    fc.record({ tag: fc.constantFrom(18, 96), value: tie('value') }),
  ),
})).value

t.test('RFC 8949 appendix A: what the profile allows comes back byte by byte', async (t) => {
  const vectors = readVectors<Vector[]>('rfc8949-appendix-a.json').filter(isOfProfile)
  t.equal(vectors.length, 37)
  for (const { hex, value } of vectors) {
    t.equal(toHex(encodeCbor(decodeCbor(fromHex(hex)))), hex, value)
  }
})

t.test('RFC 8949 appendix A: all else is refused', async (t) => {
  const vectors = readVectors<Vector[]>('rfc8949-appendix-a.json').filter((v) => !isOfProfile(v))
  t.equal(vectors.length, 45)
  for (const { hex, value } of vectors) {
    t.same(
      outcomeOf(() => decodeCbor(fromHex(hex))),
      { code: 'bytes.cbor' },
      `${hex} ${value}`,
    )
  }
})

t.test('a second way to write the same thing is refused', async (t) => {
  const forms: readonly [string, string][] = [
    ['1801', '1 in two bytes'],
    ['190001', '1 in three bytes'],
    ['1a00000001', '1 in five bytes'],
    ['1b0000000000000001', '1 in nine bytes'],
    ['3800', '-1 in two bytes'],
    ['580101', 'a length in two bytes'],
    ['780161', 'a text length in two bytes'],
    ['980101', 'an array length in two bytes'],
    ['b8010102', 'a map length in two bytes'],
    ['d81801', 'an unknown tag'],
    ['d90012820102', 'tag 18 in three bytes'],
    ['5f4101ff', 'bytes of indefinite length'],
    ['7f6161ff', 'text of indefinite length'],
    ['9f01ff', 'an array of indefinite length'],
    ['bf0102ff', 'a map of indefinite length'],
    ['a201020102', 'a key twice'],
    ['a2010201f6', 'a key twice with different values'],
    ['a20102180102', 'a key twice in different forms'],
    ['a202000100', 'keys out of order'],
    ['a26161000000', 'a text key before an integer'],
    ['a200000020', 'a map one value short'],
    ['a1410100', 'a byte string as key'],
    ['a1f500', 'true as key'],
    ['a1800000', 'an array as key'],
    ['f93c00', '1.0 as half'],
    ['fa3f800000', '1.0 as single'],
    ['fb3ff0000000000000', '1.0 as double'],
    ['fb41f0000000000000', '2^32 as double'],
    ['f93e00', '1.5'],
    ['fb7ff8000000000000', 'not a number'],
    ['f97c00', 'infinity'],
    ['f98000', '-0.0'],
    ['f7', 'undefined'],
    ['81f7', 'undefined in an array'],
    ['e0', 'simple value 0'],
    ['f820', 'simple value 32'],
    ['f814', 'false in two bytes'],
    ['c249010000000000000000', 'a bignum'],
    ['c24101', '1 as a bignum'],
    ['c11a514b67b0', 'a date'],
    ['d9010280', 'a set'],
    ['62c328', 'text that is not UTF-8'],
    ['63eda080', 'text of a lone surrogate'],
    ['0000', 'two items'],
    ['1c', 'a reserved head'],
    ['ff', 'a break alone'],
    ['', 'nothing'],
  ]
  for (const [hex, what] of forms) {
    t.same(
      outcomeOf(() => decodeCbor(fromHex(hex))),
      { code: 'bytes.cbor' },
      what,
    )
  }
})

t.test('integers of 64 bits are exact on both sides of 2^53', async (t) => {
  const cases: readonly [string, number | bigint][] = [
    ['1b001fffffffffffff', 9_007_199_254_740_991],
    ['1b0020000000000000', 9_007_199_254_740_992n],
    ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
    ['3b001ffffffffffffe', -9_007_199_254_740_991],
    ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
    ['1affffffff', 4_294_967_295],
    ['1b0000000100000000', 4_294_967_296],
  ]
  for (const [hex, value] of cases) {
    t.equal(decodeCbor(fromHex(hex)), value)
    t.equal(toHex(encodeCbor(value)), hex)
  }
})

t.test('all values of the profile come back equal, and their bytes too', async (t) => {
  fc.assert(
    fc.property(nested, (value) => {
      const bytes = encodeCbor(value)
      const back = decodeCbor(bytes, { maxBytes: 1_000_000, maxDepth: 12 })
      t.same(toHex(encodeCbor(back)), toHex(bytes))
    }),
    { numRuns: 200 },
  )
})

t.test('map keys stand in bytewise order of their encoding, whoever put them in', async (t) => {
  const map = new Map<number | string, CborValue>([
    ['b', 1],
    [-1, 2],
    [1000, 3],
    ['aa', 4],
    [10, 5],
    [-70_000, 6],
  ])
  t.equal(toHex(encodeCbor(map)), 'a60a051903e80320023a0001116f0661620162616104')
})

t.test('what has no place in a message is our own mistake', async (t) => {
  const wrong = [1.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 64n) - 1n, undefined, '\ud800']
  for (const value of [...wrong, { tag: 0, value: '' }, { a: 1 }, new Date(0), new Set([1])]) {
    t.throws(() => encodeCbor(value as CborValue), { code: 'call.cbor' }, String(value))
  }
})

t.test('text keeps its byte order mark, its null and its other planes', async (t) => {
  for (const text of ['\ufeffa', '\0', 'بلدیہ', '𐅑', 'a'.repeat(70), `${'é'.repeat(40)}\ufffd`]) {
    t.equal(decodeCbor(encodeCbor(text)), text)
  }
})

t.test('decoded bytes are a copy of their own', async (t) => {
  const source = encodeCbor(Uint8Array.of(1, 2, 3))
  const value = decodeCbor(source)
  source.fill(9)
  t.same(value, Uint8Array.of(1, 2, 3))
  t.equal(Object.getPrototypeOf(value), Uint8Array.prototype)
})

t.test('cut at each byte, no message passes', async (t) => {
  const inner = new Map<number, CborValue>([
    [1, 'text'],
    [-2, [Uint8Array.of(1, 2), 70_000, 2n ** 63n, null, true]],
  ])
  const message = encodeCbor({ tag: 18, value: [inner, new Map(), new Uint8Array(300)] })
  t.same(acceptedCuts(message, decodeCbor), [])
})

t.test('noise is refused with the one code', async () => {
  feedNoise(decodeCbor)
})

t.test('too deep and too long are refused before anything is built', async (t) => {
  const deep = (levels: number) => concat(new Uint8Array(levels).fill(0x81), Uint8Array.of(0))
  t.ok(decodeCbor(deep(12)))
  t.ok(isRefused(() => decodeCbor(deep(13))))
  t.ok(isRefused(() => decodeCbor(deep(60_000))))
  const tags = concat(new Uint8Array(60_000).fill(0xd2), Uint8Array.of(0))
  t.ok(isRefused(() => decodeCbor(tags)))
  for (const bomb of ['9affffffff', 'baffffffff', '5affffffff', '9bffffffffffffffff']) {
    t.ok(
      isRefused(() => decodeCbor(fromHex(bomb))),
      bomb,
    )
  }
  const long = encodeCbor(new Uint8Array(65_533))
  t.equal(long.length, 65_536)
  t.ok(decodeCbor(long))
  t.ok(isRefused(() => decodeCbor(encodeCbor(new Uint8Array(65_534)))))
})

t.test('a list of a million items is read, not a stack overflow', async (t) => {
  const limits = { maxBytes: 4 * 1024 * 1024, maxDepth: 12 }
  const items = decodeCbor(concat(fromHex('9a00100000'), new Uint8Array(0x10_00_00)), limits)
  t.equal(Array.isArray(items) && items.length, 0x10_00_00)
})

t.test(
  'nothing is walked twice: 8 times the bytes cost far less than 64 times the work',
  async (t) => {
    // Counts reads of the input instead of time, so that it says the same on any machine.
    const readsOf = (length: number) => {
      let reads = 0
      const bytes = encodeCbor([Array.from({ length }, () => [fromText('abc')])])
      const counting = new Proxy(bytes, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      outcomeOf(() => decodeCbor(counting, { maxBytes: 10_000_000, maxDepth: 12 }))
      return reads / bytes.length
    }
    const few = readsOf(1000)
    t.ok(few > 0)
    t.ok(readsOf(8000) < few * 1.5)
  },
)

t.test('tags are told from other values', async (t) => {
  t.ok(isTag({ tag: 18, value: null }))
  for (const value of [null, 1, 'tag', [18], new Map([['tag', 18]]), Uint8Array.of(18)]) {
    t.notOk(isTag(value))
  }
})
