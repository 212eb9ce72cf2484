import t from 'tap'
import { strangerEyes } from '../../bench/stranger-eyes.ts'
import { captureTemplate, seededWords, syntheticIris } from '../../bench/synthetic-irises.ts'
import { compareIris } from '../../biometrics/iris/compare.ts'

t.test('eyes of one iris of the pool are strangers to a probe, each its own', async (t) => {
  const words = seededWords(1)
  const next = strangerEyes(words, 1)
  const still = { noise: 0.2, turnColumns: 0, warpColumns: 0.2 }
  const probe = captureTemplate(syntheticIris(words), still, words)
  const scores = Array.from({ length: 60 }, () => {
    const comparison = compareIris(probe, next())
    return comparison.outcome === 'compared'
      ? comparison.score.numeratorBits / comparison.score.commonBits
      : 0
  })
  t.ok(Math.min(...scores) > 0.4, `${Math.min(...scores)}`)
  t.ok(new Set(scores).size > 55, 'no two alike')
})

t.test('the same seed gives the same eyes', async (t) => {
  const planes = () => strangerEyes(seededWords(2), 3)().planes()
  t.same(planes(), planes())
})
