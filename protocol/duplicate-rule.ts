/** One eye's comparison score as an exact fraction: differing bits over bits compared. */
export type EyeScore = {
  /** Code bits that differ, at the best of the 33 rotations. */
  readonly numeratorBits: number
  /** Code bits usable in both templates at that rotation, both parts and both scales. */
  readonly commonBits: number
}

/** Outcome of comparing one eye: a score, or too little iris in common for any score. */
export type EyeComparison =
  | { readonly outcome: 'compared'; readonly score: EyeScore; readonly shiftColumns: number }
  | { readonly outcome: 'could-not-compare' }

/** Fewer common code bits than this is *could not compare*, never a score. */
export const MIN_COMMON_BITS = 4096
/** Rotations are compared from -16 to +16 columns of 256: 33 in all, ±22.5°. */
export const MAX_SHIFT_COLUMNS = 16
/** Thresholds are whole numbers of 1/1024 of the fraction of differing bits. */
export const THRESHOLD_DENOMINATOR = 1024

/** Thresholds in 1/1024 for galleries of at most `upToPersons` persons. */
export type DuplicateThresholds = {
  readonly upToPersons: number
  /** T1: one eye alone is a candidate at or below this. */
  readonly oneEye: number
  /** T2: the mean of both eyes is a candidate at or below this. */
  readonly bothEyes: number
}

/*
 * Derived by `personhood iris thresholds` (docs/decisions/0013-duplicate-thresholds.md) for template
 * version 1: at most 1e-3 false candidates are expected per enrolment at each size, half from either
 * eye and half from the mean. Every row is extrapolation, the first by 2.5 powers of ten beyond the
 * pairs that were measured, the last by 9.5; the pessimistic ends are in the decision.
 */
const THRESHOLDS: readonly DuplicateThresholds[] = [
  { upToPersons: 1000, oneEye: 376, bothEyes: 408 },
  { upToPersons: 10_000, oneEye: 361, bothEyes: 401 },
  { upToPersons: 100_000, oneEye: 345, bothEyes: 395 },
  { upToPersons: 1_000_000, oneEye: 329, bothEyes: 386 },
  { upToPersons: 10_000_000, oneEye: 314, bothEyes: 377 },
  { upToPersons: Number.MAX_SAFE_INTEGER, oneEye: 266, bothEyes: 348 },
]

/** T1(N) and T2(N) for a gallery of `gallerySize` persons. */
export function duplicateThresholds(gallerySize: number): DuplicateThresholds {
  const row = THRESHOLDS.find(({ upToPersons }) => gallerySize <= upToPersons)
  return row ?? { upToPersons: gallerySize, oneEye: 266, bothEyes: 348 }
}

/**
 * How a probe is looked at: as it was captured; `crossed`, the left eye compared with enrolled right
 * ones and the other way round, as when a resident shows the other eye; `flipped`, each eye's image
 * mirrored, as by a camera that is set so; `mirrored`, the whole face seen in a mirror, which is both.
 */
export type ProbeView = 'as-is' | 'crossed' | 'flipped' | 'mirrored'

/** The views in which each duplicate check looks: whoever shows the wrong eye is known all the same. */
export const DUPLICATE_VIEWS: readonly ProbeView[] = ['as-is', 'crossed', 'flipped', 'mirrored']

/** What the rule says about one pair of persons; `by` names the part of the rule that fired. */
export type DuplicateDecision =
  | { readonly outcome: 'candidate'; readonly by: 'both-eyes' | 'left-eye' | 'right-eye' }
  | { readonly outcome: 'different' }
  | { readonly outcome: 'undecided' }

/** Per-eye scores of a pair of persons; an eye that is absent could not be compared. */
export type PersonScores = {
  readonly left?: EyeScore | undefined
  readonly right?: EyeScore | undefined
}

/**
 * The one duplicate rule: candidate when the mean of both eyes is at most T2(N) or
 * either eye is at most T1(N); with one eye comparable, T1 on it alone; with none, undecided. Whole
 * numbers below 2^53 throughout, so that each machine decides alike.
 */
export function decideDuplicate(scores: PersonScores, gallerySize: number): DuplicateDecision {
  const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
  const left = comparable(scores.left)
  const right = comparable(scores.right)
  if (!left && !right) return { outcome: 'undecided' }
  if (left && isAtMost(left, oneEye)) return { outcome: 'candidate', by: 'left-eye' }
  if (right && isAtMost(right, oneEye)) return { outcome: 'candidate', by: 'right-eye' }
  if (left && right && isMeanAtMost(left, right, bothEyes)) {
    return { outcome: 'candidate', by: 'both-eyes' }
  }
  return { outcome: 'different' }
}

/**
 * The score by which candidates are ordered, in millionths, rounded down: the mean of both eyes, or
 * the one comparable eye; undefined when there is none. For order and display, not for decisions.
 */
export function personScoreMillionths(scores: PersonScores): number | undefined {
  const left = comparable(scores.left)
  const right = comparable(scores.right)
  if (left && right) {
    const sum = left.numeratorBits * right.commonBits + right.numeratorBits * left.commonBits
    return Math.floor((sum * 500_000) / (left.commonBits * right.commonBits))
  }
  const one = left ?? right
  return one && Math.floor((one.numeratorBits * 1_000_000) / one.commonBits)
}

function comparable(score: EyeScore | undefined): EyeScore | undefined {
  return score && score.commonBits >= MIN_COMMON_BITS ? score : undefined
}

function isAtMost(score: EyeScore, threshold: number): boolean {
  return score.numeratorBits * THRESHOLD_DENOMINATOR <= threshold * score.commonBits
}

function isMeanAtMost(a: EyeScore, b: EyeScore, threshold: number): boolean {
  const sum = a.numeratorBits * b.commonBits + b.numeratorBits * a.commonBits
  return sum * THRESHOLD_DENOMINATOR <= 2 * threshold * a.commonBits * b.commonBits
}
