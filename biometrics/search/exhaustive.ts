import {
  decideDuplicate,
  type EyeScore,
  type PersonScores,
  personScoreMillionths,
} from '../../protocol/duplicate-rule.ts'
import type { IrisTemplate } from '../../protocol/iris-template.ts'
import { compareIris } from '../iris/compare.ts'

/** A person's templates; an eye is absent when it could not be captured. */
export type PersonEyes = {
  readonly left?: IrisTemplate | undefined
  readonly right?: IrisTemplate | undefined
}

/** One enrolled person of a gallery; `handle` is opaque and unique in it. */
export type GalleryPerson = PersonEyes & { readonly handle: string }

/** A person whom the rule calls a candidate, with the per-eye scores behind it. */
export type SearchCandidate = {
  readonly handle: string
  /** Order of candidates, millionths: mean of both eyes, or the one comparable eye. */
  readonly scoreMillionths: number
  readonly by: 'both-eyes' | 'left-eye' | 'right-eye'
  readonly scores: PersonScores
}

/** All candidates by (score, handle), and the handles that could not be decided. */
export type SearchResult = {
  readonly candidates: readonly SearchCandidate[]
  readonly undecided: readonly string[]
  /** Persons compared. */
  readonly searched: number
}

/**
 * Compares a probe with each person of a gallery and applies the duplicate rule. `gallerySize`
 * chooses the thresholds; where the gallery is a part of a larger one it is the whole's size.
 */
export function searchExhaustively(
  probe: PersonEyes,
  gallery: readonly GalleryPerson[],
  gallerySize: number = gallery.length,
): SearchResult {
  const tally = newTally()
  for (const person of gallery) {
    addPerson(tally, person.handle, comparePersons(probe, person), gallerySize)
  }
  return resultOf([{ ...tally, searched: gallery.length }])
}

/** What a search has found so far, in no order. */
export type Tally = {
  readonly candidates: SearchCandidate[]
  readonly undecided: string[]
}

/** Nothing found yet. */
export function newTally(): Tally {
  return { candidates: [], undecided: [] }
}

/** Applies the duplicate rule to a person's scores and notes what it says. */
export function addPerson(
  { candidates, undecided }: Tally,
  handle: string,
  scores: PersonScores,
  gallerySize: number,
): void {
  const decision = decideDuplicate(scores, gallerySize)
  if (decision.outcome === 'undecided') undecided.push(handle)
  if (decision.outcome !== 'candidate') return
  const scoreMillionths = personScoreMillionths(scores) ?? 1_000_000
  candidates.push({ handle, scoreMillionths, by: decision.by, scores })
}

/** One result of the parts of a gallery, in order. */
export function resultOf(parts: readonly SearchResult[]): SearchResult {
  return {
    candidates: parts.flatMap(({ candidates }) => candidates).sort(byScoreThenHandle),
    undecided: parts.flatMap(({ undecided }) => undecided).sort(byText),
    searched: parts.reduce((sum, { searched }) => sum + searched, 0),
  }
}

/** Per-eye scores of two persons, left with left and right with right. */
export function comparePersons(a: PersonEyes, b: PersonEyes): PersonScores {
  return { left: compareEyes(a.left, b.left), right: compareEyes(a.right, b.right) }
}

function compareEyes(
  a: IrisTemplate | undefined,
  b: IrisTemplate | undefined,
): EyeScore | undefined {
  if (!a || !b) return undefined
  const comparison = compareIris(a, b)
  return comparison.outcome === 'compared' ? comparison.score : undefined
}

function byScoreThenHandle(a: SearchCandidate, b: SearchCandidate): number {
  return a.scoreMillionths - b.scoreMillionths || byText(a.handle, b.handle)
}

// Code unit order, not the locale's: the same on each machine.
function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
