import t from 'tap'
import { betaShare, logGamma } from '../../../../cli/iris/thresholds/beta.ts'
import { minimise } from '../../../../cli/iris/thresholds/minimise.ts'

const isNear = (found: number, expected: number, share: number) =>
  Math.abs(found / expected - 1) < share

t.test('the gamma function at whole and half numbers', async (t) => {
  t.ok(isNear(logGamma(5), Math.log(24), 1e-12))
  t.ok(isNear(logGamma(0.5), Math.log(Math.PI) / 2, 1e-12))
})

t.test('shares of a Beta distribution, also far out in its tail', async (t) => {
  t.equal(betaShare(0, 3, 3), 0)
  t.equal(betaShare(1, 3, 3), 1)
  t.ok(isNear(betaShare(0.25, 1, 1), 0.25, 1e-12))
  // At least 2 of 4 with a chance of .3: 1 - .7^4 - 4 * .3 * .7^3.
  t.ok(isNear(betaShare(0.3, 2, 3), 0.3483, 1e-12))
  t.ok(isNear(betaShare(0.5, 400, 400), 0.5, 1e-11))
  // At least 101 of 200 with a chance of .25, summed term by term.
  let term =
    logGamma(201) - logGamma(102) - logGamma(100) + 101 * Math.log(0.25) + 99 * Math.log(0.75)
  let sum = 0
  for (let k = 101; k <= 200; k++) {
    sum += Math.exp(term)
    term += Math.log(((200 - k) / (k + 1)) * (0.25 / 0.75))
  }
  t.ok(sum < 1e-13)
  t.ok(isNear(betaShare(0.25, 101, 100), sum, 1e-9))
})

t.test('a least value is found in a bent valley', async (t) => {
  const cost = ([x = 0, y = 0]: readonly number[]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2
  const [x = 0, y = 0] = minimise(cost, [-1, 1], { tolerance: 1e-12, maxTurns: 1000 })
  t.ok(Math.abs(x - 1) < 1e-3 && Math.abs(y - 1) < 1e-3, `${x}, ${y}`)
})
