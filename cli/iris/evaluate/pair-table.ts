import type { EyeComparison, EyeScore } from '../../../protocol/duplicate-rule.ts'

/**
 * The score of every pair of templates (i, j), j < i, as one word: differing bits in the low 15
 * bits, half the common bits in the 14 above; 0 where the pair could not be compared.
 */
export type PairTable = { readonly count: number; readonly words: Uint32Array }

const DIFFERING_BITS = 15

/** An empty table for `count` templates, in memory that threads share. */
export function emptyPairTable(count: number): PairTable {
  const words = new Uint32Array(new SharedArrayBuffer(2 * count * Math.max(0, count - 1)))
  return { count, words }
}

/** A comparison as a word of a table. */
export function packComparison(comparison: EyeComparison): number {
  return packScore(comparison.outcome === 'compared' ? comparison.score : undefined)
}

/** A score, or that there is none, as a word of a table. */
export function packScore(score: EyeScore | undefined): number {
  if (!score) return 0
  const { numeratorBits, commonBits } = score
  return ((commonBits / 2) << DIFFERING_BITS) | numeratorBits
}

/** The score in a word, or undefined for a pair that could not be compared. */
export function unpackScore(word: number): EyeScore | undefined {
  if (word === 0) return undefined
  const numeratorBits = word & ((1 << DIFFERING_BITS) - 1)
  return { numeratorBits, commonBits: 2 * (word >>> DIFFERING_BITS) }
}

/** Fraction of differing bits in a word, 0..1; NaN for a pair that could not be compared. */
export function fractionOf(word: number): number {
  return word === 0
    ? Number.NaN
    : (word & ((1 << DIFFERING_BITS) - 1)) / (2 * (word >>> DIFFERING_BITS))
}

/** The word of the templates `i` and `j`, in either order; 0 for a template with itself. */
export function wordAt({ words }: PairTable, i: number, j: number): number {
  return i === j ? 0 : (words[placeOf(i, j)] ?? 0)
}

/** Where a pair lies in `words`. */
export function placeOf(i: number, j: number): number {
  const [row, column] = i > j ? [i, j] : [j, i]
  return (row * (row - 1)) / 2 + column
}
