import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import {
  decideDuplicate,
  duplicateThresholds,
  personScoreMillionths,
} from '../../protocol/duplicate-rule.ts'

/** An eye's score of `per1024`/1024 over 10,240 common bits. */
const eye = (per1024: number) => ({ numeratorBits: 10 * per1024, commonBits: 10_240 })
const N = 1000
const { oneEye: T1, bothEyes: T2 } = duplicateThresholds(N)

t.test('either eye at or below T1 makes a candidate, whatever the other says', async (t) => {
  t.same(decideDuplicate({ left: eye(T1), right: eye(480) }, N), {
    outcome: 'candidate',
    by: 'left-eye',
  })
  t.same(decideDuplicate({ left: eye(480), right: eye(T1) }, N), {
    outcome: 'candidate',
    by: 'right-eye',
  })
  t.same(decideDuplicate({ left: eye(T1 + 1), right: eye(480) }, N), { outcome: 'different' })
})

t.test('two middling eyes make a candidate by their mean', async (t) => {
  const both = { left: eye(T2 - 5), right: eye(T2 + 5) }
  t.same(decideDuplicate(both, N), { outcome: 'candidate', by: 'both-eyes' })
  const above = {
    left: eye(T2 - 5),
    right: { numeratorBits: 10 * (T2 + 5) + 1, commonBits: 10_240 },
  }
  t.same(decideDuplicate(above, N), { outcome: 'different' }, 'one bit above is above')
})

t.test('one comparable eye stands alone under T1, and T2 does not apply to it', async (t) => {
  t.same(decideDuplicate({ right: eye(T1) }, N), { outcome: 'candidate', by: 'right-eye' })
  t.same(decideDuplicate({ right: eye(T2) }, N), { outcome: 'different' })
})

t.test('fewer than 4,096 common bits is no score at all', async (t) => {
  const thin = { numeratorBits: 0, commonBits: 4095 }
  t.same(decideDuplicate({ left: thin }, N), { outcome: 'undecided' })
  t.same(decideDuplicate({ left: thin, right: eye(450) }, N), { outcome: 'different' })
  t.same(decideDuplicate({ left: { numeratorBits: 0, commonBits: 4096 } }, N), {
    outcome: 'candidate',
    by: 'left-eye',
  })
  t.same(decideDuplicate({}, N), { outcome: 'undecided' })
})

t.test('a larger gallery never has a looser threshold', async () => {
  fc.assert(
    fc.property(fc.nat(2_000_000_000), fc.nat(2_000_000_000), (a, b) => {
      const [small, large] = a < b ? [a, b] : [b, a]
      const [loose, strict] = [duplicateThresholds(small), duplicateThresholds(large)]
      return (
        strict.oneEye <= loose.oneEye &&
        strict.bothEyes <= loose.bothEyes &&
        strict.oneEye < strict.bothEyes
      )
    }),
  )
})

t.test('decisions are exact: they agree with whole-number arithmetic of any width', async () => {
  const score = fc
    .integer({ min: 4096, max: 16_384 })
    .chain((commonBits) =>
      fc.record({ numeratorBits: fc.nat(commonBits), commonBits: fc.constant(commonBits) }),
    )
  fc.assert(
    fc.property(score, score, fc.nat(20_000_000), (left, right, gallerySize) => {
      const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
      const [nl, cl, nr, cr] = [left, right].flatMap((s) => [
        BigInt(s.numeratorBits),
        BigInt(s.commonBits),
      ]) as [bigint, bigint, bigint, bigint]
      const expected =
        nl * 1024n <= BigInt(oneEye) * cl ||
        nr * 1024n <= BigInt(oneEye) * cr ||
        (nl * cr + nr * cl) * 1024n <= 2n * BigInt(bothEyes) * cl * cr
      return (decideDuplicate({ left, right }, gallerySize).outcome === 'candidate') === expected
    }),
  )
})

t.test('the order score is the mean of the eyes that could be compared', async (t) => {
  t.equal(personScoreMillionths({ left: eye(256), right: eye(512) }), 375_000)
  t.equal(personScoreMillionths({ right: eye(512) }), 500_000)
  t.equal(personScoreMillionths({ right: { numeratorBits: 1, commonBits: 4000 } }), undefined)
})

t.test('the table in docs/protocol.md is the table in force', async (t) => {
  const text = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| ([\d,]+|more) \| (\d{3}) \| (\d{3}) \|$/gm)]
  t.equal(rows.length, 6)
  for (const [, upTo = '', oneEye, bothEyes] of rows) {
    const size = upTo === 'more' ? 10_000_001 : Number(upTo.replaceAll(',', ''))
    const row = duplicateThresholds(size)
    t.match(row, { oneEye: Number(oneEye), bothEyes: Number(bothEyes) }, upTo)
  }
})
