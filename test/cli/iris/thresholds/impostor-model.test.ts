import t from 'tap'
import {
  fitModel,
  type ImpostorModel,
  meanModel,
  modelQuantile,
  modelShare,
  scoresByOverlap,
} from '../../../../cli/iris/thresholds/impostor-model.ts'

const MODEL: ImpostorModel = { freeBits: 2000, spread: 3e-4, rotations: 20 }

/** Scores at even shares of the model, at several overlaps. */
function drawn(count: number) {
  return [4600, 6700, 8700, 10_700].flatMap((commonBits) =>
    Array.from({ length: count }, (_, i) => ({
      first: 0,
      second: 1,
      score: modelQuantile(MODEL, (i + 0.5) / count, commonBits),
      commonBits,
    })),
  )
}

t.test('the model is a fair coin, tossed less often where less is in common', async (t) => {
  const once = { freeBits: 16_384, spread: 0, rotations: 1 }
  t.ok(Math.abs(modelShare(once, 0.5, 4096) - 0.5) < 1e-9)
  // One standard deviation of 4,096 tosses: .5 / 64.
  t.ok(Math.abs(modelShare(once, 0.5 - 0.5 / 64, 4096) - 0.1587) < 2e-3)
  t.ok(modelShare(MODEL, 0.4, 4096) > 100 * modelShare(MODEL, 0.4, 12_000))
  const share = modelShare(once, 0.47, 8000)
  const best = modelShare({ ...once, rotations: 10 }, 0.47, 8000)
  t.ok(Math.abs(best - (1 - (1 - share) ** 10)) < 1e-12, 'the least of ten')
  t.ok(Math.abs(modelShare(MODEL, modelQuantile(MODEL, 1e-9, 5000), 5000) / 1e-9 - 1) < 1e-3)
})

t.test('a fit finds the model that drew the scores', async (t) => {
  const { freeBits, spread, rotations } = fitModel(scoresByOverlap(drawn(3000)))
  t.ok(Math.abs(freeBits / MODEL.freeBits - 1) < 0.06, `${freeBits}`)
  t.ok(Math.abs(spread / MODEL.spread - 1) < 0.15, `${spread}`)
  t.ok(Math.abs(rotations / MODEL.rotations - 1) < 0.1, `${rotations}`)
})

t.test('pairs weigh what they are drawn', async (t) => {
  const pairs = drawn(10)
  const twice = scoresByOverlap(pairs, ({ commonBits }) => (commonBits === 4600 ? 2 : 0))
  const sums = twice.counts.map((row) => row.reduce((sum, count) => sum + count, 0))
  t.same(sums.slice(0, 3), [20, 0, 0])
  t.equal(twice.commonBits[0], 4600)
})

t.test('the mean of two eyes spreads less, and more again where eyes go together', async (t) => {
  const mean = meanModel(MODEL, 8000, 0)
  const middle = mean.quantile(0.5)
  t.ok(Math.abs(middle - modelQuantile(MODEL, 0.5, 8000)) < 5e-4)
  const width = (quantile: (share: number) => number) => quantile(0.5) - quantile(0.16)
  const one = width((share) => modelQuantile(MODEL, share, 8000))
  t.ok(Math.abs(width(mean.quantile) / one - Math.SQRT1_2) < 0.03)
  t.ok(Math.abs(mean.shareAt(mean.quantile(1e-6)) / 1e-6 - 1) < 0.05)
  const tied = meanModel(MODEL, 8000, 0.44)
  t.ok(Math.abs(width(tied.quantile) / width(mean.quantile) - 1.2) < 0.02)
})
