import t from 'tap'
import { captureTemplate, syntheticIris } from '../../bench/synthetic-irises.ts'
import { compareIris } from '../../biometrics/iris/compare.ts'
import type { IrisTemplate } from '../../protocol/iris-template.ts'
import { seededWords } from '../kit/iris-codes.ts'

const STILL = { noise: 0.3, turnColumns: 0, warpColumns: 0.2 }

function fractions(pairs: readonly (readonly [IrisTemplate, IrisTemplate])[]) {
  const values = pairs.map(([a, b]) => {
    const comparison = compareIris(a, b)
    if (comparison.outcome === 'could-not-compare') throw new Error('too little in common')
    return comparison.score.numeratorBits / comparison.score.commonBits
  })
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(square) }
}

t.test('strangers and masks are as real ones are', async (t) => {
  const words = seededWords(1)
  const templates = Array.from({ length: 40 }, () =>
    captureTemplate(syntheticIris(words), STILL, words),
  )
  const usable = templates.reduce((sum, own) => sum + own.usablePositions, 0) / 40 / 8192
  t.ok(usable > 0.5 && usable < 0.65, `${usable} usable; real ones .58`)
  const pairs = templates.flatMap((a, i) =>
    templates.slice(i + 1, i + 11).map((b) => [a, b] as const),
  )
  const { mean, deviation } = fractions(pairs)
  t.ok(mean > 0.455 && mean < 0.475, `${mean}; real ones .462`)
  t.ok(deviation > 0.006 && deviation < 0.014, `${deviation}; real ones .0105`)
})

t.test('mates differ by their noise, and a turn is found again', async (t) => {
  const words = seededWords(2)
  const means = [0, 0.5, 1.5].map((noise) => {
    const pairs = Array.from({ length: 12 }, () => {
      const iris = syntheticIris(words)
      const capture = { ...STILL, noise }
      return [captureTemplate(iris, capture, words), captureTemplate(iris, capture, words)] as const
    })
    return fractions(pairs).mean
  })
  const [clean = 0, fair = 0, poor = 0] = means
  t.ok(clean < 0.12 && clean < fair && fair < poor && poor < 0.42, means.join(' '))
  for (const turnColumns of [-15, -7, 4, 12]) {
    const iris = syntheticIris(words)
    const [a, b] = [STILL, { ...STILL, turnColumns }].map((one) =>
      captureTemplate(iris, one, words),
    )
    const comparison = a && b && compareIris(a, b)
    t.equal(comparison?.outcome === 'compared' && comparison.shiftColumns, -turnColumns)
  }
})

t.test('the same seed gives the same templates', async (t) => {
  const one = () => {
    const words = seededWords(3)
    return captureTemplate(syntheticIris(words), STILL, words).planes()
  }
  t.same(one(), one())
})
