import fc from 'fast-check'
import t from 'tap'
import { equalBytes, toHex } from '../../../protocol/bytes.ts'
import {
  type Chunk,
  chunkSchema,
  chunksOf,
  chunksWantedSchema,
  isOfOneBody,
  joinChunks,
  MAX_CHUNK_BYTES,
  MAX_CHUNKS,
  missingOf,
} from '../../../protocol/messages/chunk.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { byteString, checkRecord } from '../../kit/records.ts'

const chunks: fc.Arbitrary<Chunk> = fc
  .record({
    type: fc.constantFrom('enrolment', 'tap-counts'),
    digest: byteString(16),
    count: fc.integer({ min: 2, max: MAX_CHUNKS }),
    data: byteString(1, 300),
  })
  .chain((rest) => fc.nat(rest.count - 1).map((index) => ({ ...rest, index })))

function bodyOf(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
}

function cut(lengthBytes: number): readonly Chunk[] {
  const made = chunksOf('enrolment', bodyOf(lengthBytes))
  if (made === undefined) throw new Error(`${lengthBytes} bytes go whole`)
  return made
}

t.test('a chunk keeps what each message owes its reader', async (t) => {
  checkRecord(t, chunkSchema, chunks)
})

t.test('so does the question for chunks', async (t) => {
  const indices = fc.uniqueArray(fc.nat(MAX_CHUNKS - 1), { minLength: 1, maxLength: MAX_CHUNKS })
  checkRecord(t, chunksWantedSchema, fc.record({ digest: byteString(16), indices }))
  const digest = new Uint8Array(16)
  for (const indices of [[], [1, 1]]) {
    t.throws(() => encodeRecord(chunksWantedSchema, { digest, indices }), { code: 'call.schema' })
  }
})

t.test('a chunk on the wire, field by field', async (t) => {
  const digest = new Uint8Array(16).fill(0xd1)
  const chunk = { type: 'enrolment', digest, index: 1, count: 2, data: Uint8Array.of(1, 2, 3) }
  t.equal(
    toHex(encodeRecord(chunkSchema, chunk)),
    [
      'a5',
      '01 69 656e726f6c6d656e74', // type
      `02 50 ${'d1'.repeat(16)}`, // digest of the whole body
      '03 01', // index
      '04 02', // count
      '05 43 010203', // data
    ]
      .join('')
      .replaceAll(' ', ''),
  )
})

t.test('a body of one message goes whole, a longer one in parts of one length', async (t) => {
  t.equal(chunksOf('enrolment', bodyOf(MAX_CHUNK_BYTES)), undefined)
  t.equal(chunksOf('enrolment', bodyOf(60_001)), undefined, 'nobody would take it')
  for (const [length, count] of [
    [MAX_CHUNK_BYTES + 1, 2],
    [7127, 2],
    [60_000, 16],
  ] as const) {
    const made = cut(length)
    t.equal(made.length, count)
    t.ok(made.every(({ data }) => data.length <= Math.ceil(length / count)))
    t.ok(equalBytes(joinChunks(made) ?? new Uint8Array(), bodyOf(length)))
  }
})

t.test('chunks in any order, some twice, make their body or nothing', async () => {
  const lengths = fc.integer({ min: MAX_CHUNK_BYTES + 1, max: 60_000 })
  fc.assert(
    fc.property(lengths, fc.infiniteStream(fc.nat()), (length, numbers) => {
      const made = [...cut(length)]
      const order = made.map((chunk) => ({ chunk, by: numbers.next().value }))
      const mixed = order.sort((a, b) => a.by - b.by).map(({ chunk }) => chunk)
      const joined = joinChunks(mixed)
      const less = mixed.slice(1)
      return (
        joined !== undefined &&
        equalBytes(joined, bodyOf(length)) &&
        joinChunks(less) === undefined &&
        joinChunks([...mixed, ...mixed.slice(0, 1)]) === undefined &&
        missingOf(less, made.length)[0] === mixed[0]?.index
      )
    }),
    { numRuns: 20 },
  )
})

t.test('parts of two bodies are never mixed, and a changed byte makes nothing', async (t) => {
  const [one, two] = cut(7000)
  const [, other] = cut(7001)
  if (one === undefined || two === undefined || other === undefined) throw new Error('no chunks')
  t.equal(isOfOneBody(one, two), true)
  t.equal(isOfOneBody(one, other), false)
  t.equal(joinChunks([one, other]), undefined)
  const data = two.data.slice()
  data[9] = (data[9] ?? 0) ^ 1
  t.equal(joinChunks([one, { ...two, data }]), undefined)
})

t.test('what no body could be cut into is refused', async (t) => {
  const chunk = { type: 'enrolment', digest: new Uint8Array(16), data: Uint8Array.of(1) }
  for (const wrong of [
    { ...chunk, index: 2, count: 2 },
    { ...chunk, index: 0, count: 1 },
    { ...chunk, index: 0, count: 17 },
    { ...chunk, index: 0, count: 2, type: 'chunk' },
    { ...chunk, index: 0, count: 2, data: new Uint8Array(MAX_CHUNK_BYTES + 1) },
    { ...chunk, index: 0, count: 2, data: new Uint8Array() },
  ]) {
    t.throws(() => encodeRecord(chunkSchema, wrong), { code: 'call.schema' })
  }
})
