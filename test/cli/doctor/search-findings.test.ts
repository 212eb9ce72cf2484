import t from 'tap'
import { searchFindings } from '../../../cli/doctor/search-findings.ts'

t.test('the choice is told with its rate, and those beside it', async (t) => {
  const [found, ...more] = searchFindings({
    backend: 'simd',
    kernel: undefined,
    eyesPerS: 612_345,
    trials: [
      { backend: 'simd', outcome: 'works', eyesPerS: 612_345 },
      { backend: 'scalar', outcome: 'works', eyesPerS: 150_000 },
      { backend: 'typescript', outcome: 'works', eyesPerS: 23_400 },
    ],
  })
  t.equal(found?.outcome, 'ok')
  t.equal(
    found?.detail,
    'simd, 610 thousand eyes/s exact on one thread; scalar 150 thousand eyes/s, typescript 23 thousand eyes/s',
  )
  t.same(more, [])
})

t.test(
  'a back-end that answers wrongly is named; plain TypeScript says how to be quicker',
  async (t) => {
    const found = searchFindings({
      backend: 'typescript',
      kernel: undefined,
      eyesPerS: 23_000,
      trials: [
        { backend: 'simd', outcome: 'wrong', why: 'another answer than the plain comparison' },
        { backend: 'scalar', outcome: 'absent' },
        { backend: 'typescript', outcome: 'works', eyesPerS: 23_000 },
      ],
    })
    t.same(
      found.map(({ outcome }) => outcome),
      ['warn', 'warn'],
    )
    t.match(found[0], { detail: /scalar absent/, fix: /npm run build/ })
    t.match(found[1]?.detail, /^simd is not used: another answer/)
  },
)

t.test('a native addon of another version is built anew', async (t) => {
  const why = 'file.native-search: the native addon has layout 1, not 3: npm run build:native'
  const found = searchFindings({
    ...{ backend: 'simd', kernel: undefined, eyesPerS: 600_000 },
    trials: [
      { backend: 'native', outcome: 'wrong', why },
      { backend: 'simd', outcome: 'works', eyesPerS: 600_000 },
    ],
  })
  t.match(found[1], { outcome: 'warn', fix: /^npm run build:native/ })
})
