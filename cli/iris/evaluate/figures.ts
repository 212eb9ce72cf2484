/** Bins of a score histogram over 0..1: one is a step of 1/65536 of the fraction of differing bits. */
export const SCORE_BINS = 65_536

/** Scores of all pairs of a set, counted in bins. */
export type ScoreCounts = {
  readonly genuine: Float64Array
  readonly impostor: Float64Array
  /** Pairs with too little iris in common for any score. */
  genuineWithoutScore: number
  impostorWithoutScore: number
}

/** Error rates 0..1; a rate that the set is too small for is null. */
export type ErrorRates = {
  readonly eer: number | null
  readonly fnmr_at_1e3: number | null
  readonly fnmr_at_1e4: number | null
  readonly fnmr_at_zero_fm: number | null
}

/** What an evaluation says. */
export type Figures = ErrorRates & {
  readonly genuine: number
  readonly impostor: number
  readonly dprime: number | null
}

/** One point of a DET curve. */
export type DetPoint = { readonly fmr: number; readonly fnmr: number }

/** Empty counts; by default one for each bin of a score. */
export function emptyCounts(bins: number = SCORE_BINS + 1): ScoreCounts {
  return {
    genuine: new Float64Array(bins),
    impostor: new Float64Array(bins),
    genuineWithoutScore: 0,
    impostorWithoutScore: 0,
  }
}

/**
 * Error rates (ISO/IEC 19795-1 in manner). A genuine pair that could not be compared counts as a
 * false non-match, an impostor pair that could not be as no false match.
 */
export function figuresOf(counts: ScoreCounts): Figures {
  const { genuine, impostor } = pairsOf(counts)
  return { genuine, impostor, dprime: dPrime(counts), ...errorRates(counts, detCurve(counts)) }
}

/** The error rates alone, from counts and their curve. */
export function errorRates(counts: ScoreCounts, curve: readonly DetPoint[]): ErrorRates {
  const { genuine, impostor } = pairsOf(counts)
  const at = (most: number) => {
    // A rate below one in all pairs is no statement about this set.
    if (genuine === 0 || impostor * most < 1) return null
    return curve.findLast(({ fmr }) => fmr <= most)?.fnmr ?? 1
  }
  const isEmpty = genuine === 0 || impostor === 0
  return {
    eer: isEmpty ? null : equalErrorRate(curve),
    fnmr_at_1e3: at(1e-3),
    fnmr_at_1e4: at(1e-4),
    fnmr_at_zero_fm: isEmpty ? null : (curve.findLast(({ fmr }) => fmr === 0)?.fnmr ?? 1),
  }
}

function pairsOf(counts: ScoreCounts): { genuine: number; impostor: number } {
  return {
    genuine: total(counts.genuine) + counts.genuineWithoutScore,
    impostor: total(counts.impostor) + counts.impostorWithoutScore,
  }
}

/** FMR and FNMR at each bin's upper end as threshold, from the strictest on. */
export function detCurve(counts: ScoreCounts): readonly DetPoint[] {
  const { genuine, impostor } = pairsOf(counts)
  const points: DetPoint[] = [{ fmr: 0, fnmr: genuine === 0 ? 0 : 1 }]
  let matches = 0
  let falseMatches = 0
  for (let bin = 0; bin < counts.genuine.length; bin++) {
    const [g, i] = [counts.genuine[bin] ?? 0, counts.impostor[bin] ?? 0]
    if (g === 0 && i === 0) continue
    matches += g
    falseMatches += i
    points.push({ fmr: falseMatches / (impostor || 1), fnmr: 1 - matches / (genuine || 1) })
  }
  return points
}

function equalErrorRate(curve: readonly DetPoint[]): number {
  const after = curve.findIndex(({ fmr, fnmr }) => fmr >= fnmr)
  const [a, b] = [curve[after - 1], curve[after]]
  // Where the two never meet (pairs without a score), the rate is what remains.
  if (!b) return curve.at(-1)?.fnmr ?? 0
  if (!a) return b.fnmr
  const gap = a.fnmr - a.fmr
  const share = gap / (gap + b.fmr - b.fnmr || 1)
  return a.fnmr + share * (b.fnmr - a.fnmr)
}

function dPrime(counts: ScoreCounts): number | null {
  const genuine = moments(counts.genuine)
  const impostor = moments(counts.impostor)
  if (!genuine || !impostor) return null
  const spread = Math.sqrt((genuine.variance + impostor.variance) / 2)
  return spread === 0 ? null : (impostor.mean - genuine.mean) / spread
}

/** Mean and variance of binned scores, or undefined where there are none. */
export function moments(bins: Float64Array): { mean: number; variance: number } | undefined {
  const count = total(bins)
  if (count === 0) return undefined
  let sum = 0
  let squares = 0
  bins.forEach((n, bin) => {
    const score = bin / SCORE_BINS
    sum += n * score
    squares += n * score * score
  })
  const mean = sum / count
  return { mean, variance: Math.max(0, squares / count - mean * mean) }
}

function total(bins: Float64Array): number {
  return bins.reduce((sum, count) => sum + count, 0)
}
