import t from 'tap'
import { chanceOf } from '../../../../biometrics/iris/coder/chance.ts'

t.test('chances are those of the logistic curve, to a hundredth of what is left', async (t) => {
  for (let logOdds = -2048; logOdds <= 2048; logOdds++) {
    const exact = 65_536 / (1 + Math.exp(-logOdds / 256))
    const least = Math.min(exact, 65_536 - exact)
    if (Math.abs(chanceOf(logOdds) - exact) > 1.6 + 0.01 * least) {
      t.fail(`${logOdds}: ${chanceOf(logOdds)} for ${exact}`)
    }
  }
})

t.test('a chance of no and its chance of yes make a whole', async (t) => {
  for (const logOdds of [1, 63, 64, 65, 700, 2047, 2048, 2049]) {
    t.equal(chanceOf(logOdds) + chanceOf(-logOdds), 65_536)
  }
  t.equal(chanceOf(0), 32_768)
})

t.test('nothing is certain, however far the log-odds go', async (t) => {
  for (const logOdds of [2048, 2049, 1e12, Number.MAX_SAFE_INTEGER]) {
    t.equal(chanceOf(logOdds), 65_514)
    t.equal(chanceOf(-logOdds), 22)
  }
})
