import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../../protocol/bytes.ts'
import {
  type CardFileReading,
  decodeCardFile,
  encodeCardFile,
  NDEF_FILE_BYTES,
  RedoRecord,
} from '../../../protocol/card/layout.ts'
import { type CardWrite, planCardWrites } from '../../../protocol/card/write-plan.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'

const BLANK = new Uint8Array(NDEF_FILE_BYTES)
const PROVISIONAL = encodeCardFile(PROVISIONAL_FILE)
const FINAL = encodeCardFile(FINAL_FILE)
const WITH_ADDRESS = encodeCardFile({ ...FINAL_FILE, uri: 'https://a.example/' })

/** The file after the writes, the last of them cut behind `bytes` bytes. */
function applied(file: Uint8Array, writes: readonly CardWrite[], bytes?: number): Uint8Array {
  const after = new Uint8Array(NDEF_FILE_BYTES)
  after.set(file)
  for (const [i, write] of writes.entries()) {
    const isCut = bytes !== undefined && i === writes.length - 1
    after.set(isCut ? write.bytes.subarray(0, bytes) : write.bytes, write.offset)
  }
  return after
}

/** Each state that the card can be left in, when it is torn at any byte of any write. */
function* tornStates(file: Uint8Array, writes: readonly CardWrite[]): Generator<Uint8Array> {
  for (let n = 1; n <= writes.length; n++) {
    const length = writes[n - 1]?.bytes.length ?? 0
    for (let k = 0; k <= length; k++) yield applied(file, writes.slice(0, n), k)
  }
}

t.test('a first write is the message, then NLEN', async (t) => {
  t.same(planCardWrites(BLANK, PROVISIONAL, 240), [
    { offset: 2, bytes: PROVISIONAL.slice(2) },
    { offset: 0, bytes: PROVISIONAL.slice(0, 2) },
  ])
})

t.test('an upgrade zeroes NLEN, patches what differs, and sets NLEN', async (t) => {
  const writes = planCardWrites(PROVISIONAL, FINAL, 240)
  t.equal(toHex(writes.at(0)?.bytes ?? BLANK), '0000')
  t.equal(toHex(writes.at(-1)?.bytes ?? BLANK), toHex(FINAL.subarray(0, 2)))
  t.same(decodeCardFile(applied(PROVISIONAL, writes)), decodeCardFile(FINAL))
})

t.test('an upgrade changes no byte but the redo record\u2019s and the ticket\u2019s', async (t) => {
  const { kid, expiry, issued, assuranceAndStage, signature } = RedoRecord
  const fields = [kid, expiry, issued, assuranceAndStage, signature]
  const most = fields.reduce((sum, { length }) => sum + length, 0) + 12
  t.equal(PROVISIONAL.length, FINAL.length)
  t.ok(FINAL.filter((byte, i) => byte !== PROVISIONAL[i]).length <= most, `at most ${most}`)
})

t.test('a file that is there already needs no write', async (t) => {
  t.same(planCardWrites(applied(PROVISIONAL, []), PROVISIONAL, 240), [])
})

t.test(
  'bytes behind a shorter file do not matter, a message behind zero NLEN needs only NLEN',
  async (t) => {
    const unfinished = applied(PROVISIONAL, [{ offset: 0, bytes: new Uint8Array(2) }])
    t.same(planCardWrites(unfinished, PROVISIONAL, 240), [
      { offset: 0, bytes: PROVISIONAL.slice(0, 2) },
    ])
  },
)

for (const [name, file, wanted] of [
  ['a first write', BLANK, PROVISIONAL],
  ['an upgrade', PROVISIONAL, FINAL],
  ['a longer file', PROVISIONAL, WITH_ADDRESS],
  ['a shorter file', WITH_ADDRESS, FINAL],
] as const) {
  t.test(
    `${name} torn at any byte leaves old, new or torn, and the repeat completes`,
    async (t) => {
      const old = decodeCardFile(applied(file, []))
      const fresh = decodeCardFile(wanted)
      const seen = new Set<CardFileReading['kind'] | 'old' | 'new'>()
      for (const maxBytes of [7, 240]) {
        for (const left of tornStates(file, planCardWrites(applied(file, []), wanted, maxBytes))) {
          const reading = decodeCardFile(left)
          if (JSON.stringify(reading) === JSON.stringify(old)) seen.add('old')
          else if (JSON.stringify(reading) === JSON.stringify(fresh)) seen.add('new')
          else seen.add(reading.kind)
          const resumed = applied(left, planCardWrites(left, wanted, maxBytes))
          t.same(resumed.subarray(0, wanted.length), wanted)
        }
      }
      t.same(seen, new Set(['old', 'torn', 'new']))
    },
  )
}

t.test('any two files: every write within the limit, every cut old, new or torn', async () => {
  const anyFile = fc
    .record({
      uri: fc.option(fc.constantFrom('https://a.example/', 'https://b.example/longer'), {
        nil: undefined,
      }),
      credential: fc.uint8Array({ minLength: 1, maxLength: 160 }),
    })
    .map(encodeCardFile)
  fc.assert(
    fc.property(anyFile, anyFile, fc.integer({ min: 2, max: 240 }), (file, wanted, maxBytes) => {
      const writes = planCardWrites(applied(file, []), wanted, maxBytes)
      if (writes.some(({ bytes }) => bytes.length > maxBytes || bytes.length === 0)) return false
      const allowed = new Set([file, wanted].map((whole) => JSON.stringify(decodeCardFile(whole))))
      for (const left of tornStates(file, writes)) {
        const reading = decodeCardFile(left)
        if (reading.kind !== 'torn' && !allowed.has(JSON.stringify(reading))) return false
      }
      return true
    }),
    { numRuns: 40 },
  )
})

t.test('a plan for what no card can hold is refused', async (t) => {
  t.throws(() => planCardWrites(BLANK, new Uint8Array(257), 240), { code: 'call.card-file' })
  t.throws(() => planCardWrites(BLANK, new Uint8Array(2), 240), { code: 'call.card-file' })
  t.throws(() => planCardWrites(BLANK, PROVISIONAL, 1), { code: 'call.card-file' })
})
