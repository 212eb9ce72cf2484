/*
 * Engines may differ in the last digit of Math.sin, cos, exp, log, atan2, hypot and `**`. Where a
 * result reaches code bits, these are used instead: only + - * / and the square root, which IEEE 754
 * rounds exactly, in a fixed order, so that each machine makes the same template.
 */

/** Full turn in radians. */
const TURN = 6.283_185_307_179_586
const LN2 = Math.LN2

/** Cosine and sine of an angle in turns (1 = 360°), within 1e-15, equal on each machine. */
export function cosSinOfTurn(turn: number): readonly [cos: number, sin: number] {
  const quarter = Math.floor(turn * 4 + 0.5)
  const angle = (turn - quarter / 4) * TURN
  const square = angle * angle
  let cos = 1
  let sin = 1
  // Taylor's series from the far end; at most an eighth of a turn is left.
  for (let n = 16; n > 0; n -= 2) {
    cos = 1 - (cos * square) / (n * (n - 1))
    sin = 1 - (sin * square) / (n * (n + 1))
  }
  sin *= angle
  switch (((quarter % 4) + 4) % 4) {
    case 0:
      return [cos, sin]
    case 1:
      return [-sin, cos]
    case 2:
      return [-cos, -sin]
    default:
      return [sin, -cos]
  }
}

/** Direction of (x, y) in turns, -0.5..0.5 from +x towards +y, within 1e-15. */
export function turnOf(x: number, y: number): number {
  const [ax, ay] = [Math.abs(x), Math.abs(y)]
  if (ax === 0 && ay === 0) return 0
  const isSteep = ay > ax
  // Two halvings of the angle leave at most 11.25°.
  let slope = isSteep ? ax / ay : ay / ax
  slope /= 1 + Math.sqrt(1 + slope * slope)
  slope /= 1 + Math.sqrt(1 + slope * slope)
  const square = slope * slope
  let series = 0
  for (let n = 25; n > 0; n -= 2) series = 1 / n - square * series
  const angle = (4 * slope * series) / TURN
  const first = isSteep ? 0.25 - angle : angle
  const right = x < 0 ? 0.5 - first : first
  return y < 0 ? -right : right
}

/** e to the power of `x`, which is at most 0, within 1e-15 of its value. */
export function expOf(x: number): number {
  const halvings = Math.floor(-x / LN2)
  // Below this a number is no longer a normal one.
  if (halvings > 1020) return 0
  const left = x + halvings * LN2
  let series = 1
  for (let n = 20; n > 0; n--) series = 1 + (series * left) / n
  for (let k = 0; k < halvings; k++) series *= 0.5
  return series
}

/** Natural logarithm of a positive number, within 1e-15 where it is not near 1. */
export function lnOf(x: number): number {
  let doublings = 0
  let rest = x
  for (; rest > 1.5; doublings++) rest /= 2
  for (; rest < 0.75; doublings--) rest *= 2
  const slope = (rest - 1) / (rest + 1)
  const square = slope * slope
  let series = 0
  for (let n = 29; n > 0; n -= 2) series = 1 / n + square * series
  return 2 * slope * series + doublings * LN2
}
