import type { Capture } from '../evaluate/captures.ts'
import { twoEyePresentations } from '../evaluate/captures.ts'
import { leastWord } from '../evaluate/eye-protocols.ts'
import { fractionOf, type PairTable, unpackScore, wordAt } from '../evaluate/pair-table.ts'

/** Scores of pairs of different persons, ascending, with the persons on both sides. */
export type ImpostorPairs = {
  readonly persons: number
  readonly pairs: readonly ImpostorPair[]
}

/** One such pair; `commonBits` is of that eye, or the mean of both. */
export type ImpostorPair = {
  readonly first: number
  readonly second: number
  /** Fraction of differing bits, best of 33 rotations; of two eyes the mean. */
  readonly score: number
  readonly commonBits: number
}

/** Pairs of images of the same side from different persons. */
export function oneEyeImpostors(
  captures: readonly Capture[],
  persons: number,
  table: PairTable,
): ImpostorPairs {
  const shown = captures.filter(({ template }) => template !== undefined)
  const pairs: ImpostorPair[] = []
  shown.forEach((a, i) => {
    for (let j = 0; j < i; j++) {
      const b = shown[j] as Capture
      if (a.person === b.person || a.eye !== b.eye) continue
      const score = unpackScore(wordAt(table, a.template as number, b.template as number))
      if (!score) continue
      const { numeratorBits, commonBits } = score
      const fraction = numeratorBits / commonBits
      pairs.push({ first: a.person, second: b.person, score: fraction, commonBits })
    }
  })
  return ascending(persons, pairs)
}

/** Pairs of visits of different persons with both eyes compared, by the mean. */
export function twoEyeImpostors(
  captures: readonly Capture[],
  persons: number,
  table: PairTable,
): ImpostorPairs & { readonly eyes: readonly (readonly [number, number])[] } {
  const visits = twoEyePresentations(captures, 1)
  const pairs: ImpostorPair[] = []
  const eyes: (readonly [number, number])[] = []
  visits.forEach((a, i) => {
    for (const b of visits.slice(0, i)) {
      if (a.person === b.person) continue
      const [left, right] = ['left', 'right'].map((eye) =>
        leastWord(table, a.eyes.get(eye) ?? [], b.eyes.get(eye) ?? []),
      ) as [number, number]
      const [l, r] = [unpackScore(left), unpackScore(right)]
      if (!l || !r) continue
      eyes.push([fractionOf(left), fractionOf(right)])
      const score = (fractionOf(left) + fractionOf(right)) / 2
      const commonBits = (l.commonBits + r.commonBits) / 2
      pairs.push({ first: a.person, second: b.person, score, commonBits })
    }
  })
  return { ...ascending(persons, pairs), eyes }
}

/** Correlation of the left and the right score over pairs of strangers, -1..1; 0 for too few. */
export function eyeCorrelation(eyes: readonly (readonly [number, number])[]): number {
  if (eyes.length < 3) return 0
  const means = [0, 1].map((side) => eyes.reduce((sum, eye) => sum + (eye[side] ?? 0), 0)) as [
    number,
    number,
  ]
  let [both, left, right] = [0, 0, 0]
  for (const [l, r] of eyes) {
    const [x, y] = [l - means[0] / eyes.length, r - means[1] / eyes.length]
    both += x * y
    left += x * x
    right += y * y
  }
  return left === 0 || right === 0 ? 0 : both / Math.sqrt(left * right)
}

function ascending(persons: number, pairs: readonly ImpostorPair[]): ImpostorPairs {
  return { persons, pairs: pairs.toSorted((a, b) => a.score - b.score) }
}
