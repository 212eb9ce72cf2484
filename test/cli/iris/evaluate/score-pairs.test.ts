import t from 'tap'
import { compareIris } from '../../../../biometrics/iris/compare.ts'
import { loadKernel } from '../../../../biometrics/search/kernel.ts'
import {
  emptyPairTable,
  fractionOf,
  unpackScore,
  wordAt,
} from '../../../../cli/iris/evaluate/pair-table.ts'
import { scoreAcross, scorePairs } from '../../../../cli/iris/evaluate/score-pairs.ts'
import { concat } from '../../../../protocol/bytes.ts'
import { encodeIrisTemplate, type IrisTemplate } from '../../../../protocol/iris-template.ts'
import { randomTemplate, withFlippedBits } from '../../../kit/iris-codes.ts'

const eyes = [
  randomTemplate(1),
  withFlippedBits(randomTemplate(1), 200, 5),
  randomTemplate(2),
  randomTemplate(3),
  randomTemplate(3, new Uint32Array(256)),
]
const templates = concat(...eyes.map(encodeIrisTemplate))

t.test('each pair has its exact score, whoever takes which rows', async (t) => {
  const whole = emptyPairTable(eyes.length)
  scorePairs({ templates, words: whole.words, first: 0, step: 1 })
  const parts = emptyPairTable(eyes.length)
  for (const first of [0, 1, 2]) scorePairs({ templates, words: parts.words, first, step: 3 })
  t.same(parts.words, whole.words)
  eyes.forEach((a, i) => {
    eyes.slice(0, i).forEach((b, j) => {
      const comparison = compareIris(a, b)
      const score = unpackScore(wordAt(whole, j, i))
      t.same(score, comparison.outcome === 'compared' ? comparison.score : undefined)
    })
  })
  t.ok(Number.isNaN(fractionOf(wordAt(whole, 4, 0))), 'nothing usable, no score')
})

t.test('a kernel gives the very words that TypeScript gives', async (t) => {
  const plain = emptyPairTable(eyes.length)
  scorePairs({ templates, words: plain.words, first: 0, step: 1 })
  const columns = concat(...eyes.slice(1).map(encodeIrisTemplate))
  const across = { templates, columns, first: 0, step: 1 }
  const plainAcross = new Uint32Array(4 * eyes.length)
  scoreAcross({ ...across, words: plainAcross })
  for (const backend of ['simd', 'scalar'] as const) {
    const kernel = await loadKernel(backend)
    t.ok(kernel, `${backend} was built`)
    const fast = emptyPairTable(eyes.length)
    scorePairs({ templates, words: fast.words, first: 0, step: 1 }, kernel)
    t.same(fast.words, plain.words, backend)
    const fastAcross = new Uint32Array(4 * eyes.length)
    scoreAcross({ ...across, words: fastAcross }, kernel)
    t.same(fastAcross, plainAcross, `${backend}, across`)
  }
})

t.test('two sets are scored row by row against each other', async (t) => {
  const columns = concat(...eyes.slice(0, 2).map(encodeIrisTemplate))
  const words = new Uint32Array(2 * eyes.length)
  for (const first of [0, 1]) scoreAcross({ templates, columns, words, first, step: 2 })
  t.equal(fractionOf(words[0] as number), 0, 'the same template')
  const comparison = compareIris(eyes[2] as IrisTemplate, eyes[1] as IrisTemplate)
  t.same(
    unpackScore(words[2 * 2 + 1] as number),
    comparison.outcome === 'compared' && comparison.score,
  )
  t.equal(words[8], 0)
})
