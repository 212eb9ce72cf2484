import t from 'tap'
import {
  emptyCounts,
  figuresOf,
  SCORE_BINS,
  type ScoreCounts,
} from '../../../../cli/iris/evaluate/figures.ts'

/** Counts of scores given in thousandths, `times` each. */
function counts(genuine: readonly number[], impostor: readonly number[], times = 1): ScoreCounts {
  const sum = emptyCounts()
  const add = (bins: Float64Array, score: number) => {
    const bin = Math.floor((score * SCORE_BINS) / 1000)
    bins[bin] = (bins[bin] ?? 0) + times
  }
  for (const score of genuine) add(sum.genuine, score)
  for (const score of impostor) add(sum.impostor, score)
  return sum
}

t.test('sets that lie apart have no errors', async (t) => {
  const figures = figuresOf(counts([100, 150, 200], [450, 460, 470]))
  t.match(figures, { genuine: 3, impostor: 3, eer: 0, fnmr_at_zero_fm: 0 })
  // Means .15 and .46, deviations .0408 and .00816: .31 / .0294
  t.ok(Math.abs((figures.dprime ?? 0) - 10.53) < 0.05)
})

t.test('rates at a given FMR are those of the loosest threshold that keeps it', async (t) => {
  // 10 impostors in 10,000 lie at .30; half of the genuine pairs lie above that.
  const sum = counts([200, 350], [], 50)
  const impostors = counts([], [450], 9990)
  impostors.impostor.forEach((count, bin) => {
    sum.impostor[bin] = count
  })
  sum.impostor[Math.floor(0.3 * SCORE_BINS)] = 10
  const figures = figuresOf(sum)
  t.equal(figures.fnmr_at_1e3, 0, 'one in a thousand allows the ten')
  t.equal(figures.fnmr_at_1e4, 0.5)
  t.equal(figures.fnmr_at_zero_fm, 0.5)
  t.ok(Math.abs((figures.eer ?? 1) - 0.001) < 1e-9)
})

t.test('the equal error rate is where both rates meet', async (t) => {
  const figures = figuresOf(counts([100, 200, 300, 460], [250, 450, 470, 480]))
  t.ok(Math.abs((figures.eer ?? 0) - 0.25) < 1e-9)
})

t.test('a genuine pair that could not be compared is a non-match, never left out', async (t) => {
  const sum = counts([100, 100, 100], [450, 450, 450])
  sum.genuineWithoutScore = 1
  sum.impostorWithoutScore = 1
  t.match(figuresOf(sum), { genuine: 4, impostor: 4, fnmr_at_zero_fm: 0.25 })
})

t.test('a set too small for a rate says nothing about it', async (t) => {
  t.match(figuresOf(counts([100], [450])), { fnmr_at_1e3: null, fnmr_at_1e4: null })
  t.match(figuresOf(emptyCounts()), { genuine: 0, dprime: null, eer: null, fnmr_at_zero_fm: null })
})
