import t from 'tap'
import { cosSinOfTurn, expOf, lnOf, turnOf } from '../../../biometrics/iris/arithmetic.ts'

/** Greatest distance of `f` from `g` at `count` places of a range. */
function worst(
  [from, to]: readonly [number, number],
  f: (x: number) => number,
  g: (x: number) => number,
): number {
  let most = 0
  for (let i = 0; i <= 20_000; i++) {
    const x = from + ((to - from) * i) / 20_000
    most = Math.max(most, Math.abs(f(x) - g(x)))
  }
  return most
}

t.test('the functions are those of mathematics, to the last digits', async (t) => {
  const range = [-3, 3] as const
  t.ok(
    worst(
      range,
      (x) => cosSinOfTurn(x)[0],
      (x) => Math.cos(2 * Math.PI * x),
    ) < 3e-15,
  )
  t.ok(
    worst(
      range,
      (x) => cosSinOfTurn(x)[1],
      (x) => Math.sin(2 * Math.PI * x),
    ) < 3e-15,
  )
  t.ok(
    worst(
      [-700, 0],
      (x) => expOf(x) / Math.exp(x),
      () => 1,
    ) < 1e-13,
  )
  t.ok(worst([-5, 0], expOf, Math.exp) < 1e-15)
  t.ok(worst([0.01, 50], lnOf, Math.log) < 2e-15)
  const direction = (turn: number) => turnOf(3 * cosSinOfTurn(turn)[0], 3 * cosSinOfTurn(turn)[1])
  t.ok(worst([-0.4999, 0.4999], direction, (turn) => turn) < 1e-15)
})

t.test('quarters of a turn are exact, and the far ends hold', async (t) => {
  t.same(cosSinOfTurn(0.25), [-0, 1])
  t.same(cosSinOfTurn(0.5), [-1, -0])
  t.same(cosSinOfTurn(-0.25), [0, -1])
  t.equal(turnOf(0, 0), 0)
  t.equal(turnOf(0, 2), 0.25)
  t.equal(turnOf(-2, 0), 0.5)
  t.equal(turnOf(0, -2), -0.25)
  t.equal(expOf(0), 1)
  t.equal(expOf(-5000), 0)
  t.equal(lnOf(1), 0)
})
