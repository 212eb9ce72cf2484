import t from 'tap'
import { type SiftWeights, siftWeights } from '../../../biometrics/search/sift-weights.ts'

function weightsFor(threshold: number): SiftWeights {
  const weights = siftWeights(threshold)
  if (!weights) throw new Error(`no weights for ${threshold}`)
  return weights
}

t.test('weights never stand for less than the threshold, and for little more', async (t) => {
  for (let threshold = 300; threshold <= 409; threshold++) {
    const { step, masked } = weightsFor(threshold)
    const stood = (1024 * masked) / (2 * step)
    t.ok(stood >= threshold && stood < threshold + 43, `${threshold}: ${stood}`)
  }
})

t.test('a byte lane and a 16-bit lane hold the sums', async (t) => {
  for (let threshold = 0; threshold <= 409; threshold++) {
    const { step, masked } = weightsFor(threshold)
    t.ok(8 * 3 * Math.max(2 * step, masked) <= 255)
    t.ok(masked * 8192 <= 32_768)
  }
})

t.test('a threshold that no weights stand for is not sifted', async (t) => {
  t.equal(siftWeights(410), undefined)
})
