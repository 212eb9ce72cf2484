const LANCZOS = [
  676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_59,
  12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
] as const

/** Natural logarithm of the gamma function for `x` >= 0.5 (Lanczos, g = 7). */
export function logGamma(x: number): number {
  const shifted = x - 1
  const t = shifted + 7.5
  const series = LANCZOS.reduce(
    (sum, coefficient, i) => sum + coefficient / (shifted + i + 1),
    0.999_999_999_999_809_93,
  )
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series)
}

/** Most terms of the continued fraction: for a of some thousands about a hundred are enough. */
const MAX_TERMS = 2000
const TINY = 1e-300

/**
 * Regularised incomplete beta function I_x(a, b): the share of a Beta(a, b) at or below `x`, 0..1;
 * good to some 1e-12 of its value far into the lower tail (continued fraction, NIST DLMF 8.17.22).
 */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a)
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  return Math.exp(front) / (a * continuedFraction(x, a, b))
}

/** 1 + d1 / (1 + d2 / (1 + …)) by the modified Lentz method. */
function continuedFraction(x: number, a: number, b: number): number {
  let value = 1
  let numerator = 1
  let denominator = 0
  for (let i = 1; i <= MAX_TERMS; i++) {
    const term = coefficientOf(i, x, a, b)
    denominator = 1 / notZero(1 + term * denominator)
    numerator = notZero(1 + term / numerator)
    const step = numerator * denominator
    value *= step
    if (Math.abs(step - 1) < 1e-14) break
  }
  return value
}

function coefficientOf(i: number, x: number, a: number, b: number): number {
  const m = Math.floor(i / 2)
  if (i % 2 === 0) return (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
  return (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
