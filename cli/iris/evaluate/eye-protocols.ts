import {
  decideDuplicate,
  duplicateThresholds,
  type EyeScore,
  type PersonScores,
} from '../../../protocol/duplicate-rule.ts'
import type { Capture, Frames, Presentation } from './captures.ts'
import { fractionOf, type PairTable, unpackScore, wordAt } from './pair-table.ts'
import { listTrials, type Trials } from './trials.ts'

/** Every image against every other, an eye being one identity. */
export function singleImageTrials(
  captures: readonly Capture[],
  persons: number,
  table: PairTable,
): Trials {
  const shown = captures.filter(({ template }) => template !== undefined)
  const list = listTrials(persons, (shown.length * (shown.length - 1)) / 2)
  shown.forEach((a, i) => {
    for (const b of shown.slice(0, i)) {
      const isGenuine = a.person === b.person && a.eye === b.eye
      const word = wordAt(table, a.template as number, b.template as number)
      list.add(a.person, b.person, isGenuine, fractionOf(word))
    }
  })
  return list.done()
}

/** Presentations of one eye against each other by the least score of any two frames. */
export function oneEyeTrials(
  presentations: readonly Presentation[],
  persons: number,
  table: PairTable,
): Trials {
  return trialsOf(presentations, persons, (a, b) => {
    const [eyeA, framesA] = onlyEye(a)
    const [eyeB, framesB] = onlyEye(b)
    const score = fractionOf(leastWord(table, framesA, framesB))
    return { isGenuine: a.person === b.person && eyeA === eyeB, score }
  })
}

/**
 * How two eyes' scores become one: their mean or the better one, where one comparable eye stands
 * alone; or `both`, the mean of those pairs only whose eyes were both compared, as T2 sees them.
 */
export type EyeRule = 'mean' | 'either' | 'both'

/** Presentations of both eyes against each other, left with left and right with right. */
export function twoEyeTrials(
  presentations: readonly Presentation[],
  persons: number,
  table: PairTable,
  rule: EyeRule,
): Trials {
  return trialsOf(presentations, persons, (a, b) => {
    const scores = ['left', 'right']
      .map((eye) => fractionOf(wordOfEye(table, a, b, eye)))
      .filter((score) => !Number.isNaN(score))
    if (rule === 'both' && scores.length < 2) return undefined
    return { isGenuine: a.person === b.person, score: fused(scores, rule) }
  })
}

/** How often the duplicate rule itself errs, at one row of its table. */
export type RuleErrors = {
  readonly up_to_persons: number
  /** T1 and T2 in 1/1024. */
  readonly one_eye: number
  readonly both_eyes: number
  readonly genuine: number
  readonly impostor: number
  /** Pairs of one person that are no candidate, undecided ones included. */
  readonly missed: number
  /** Pairs of two persons that are a candidate. */
  readonly false_candidates: number
}

/** Errors of `decideDuplicate` on presentations of both eyes, by row of its table. */
export function ruleErrors(
  presentations: readonly Presentation[],
  table: PairTable,
  gallerySizes: readonly number[],
): readonly RuleErrors[] {
  return gallerySizes.map((size) => {
    const errors = { genuine: 0, impostor: 0, missed: 0, false_candidates: 0 }
    eachPair(presentations, (a, b) => {
      const isCandidate = decideDuplicate(scoresOf(table, a, b), size).outcome === 'candidate'
      if (a.person === b.person) {
        errors.genuine++
        if (!isCandidate) errors.missed++
      } else {
        errors.impostor++
        if (isCandidate) errors.false_candidates++
      }
    })
    const { upToPersons, oneEye, bothEyes } = duplicateThresholds(size)
    return { up_to_persons: upToPersons, one_eye: oneEye, both_eyes: bothEyes, ...errors }
  })
}

/** Least word, as a fraction, of any two frames; 0 where none could be compared. */
export function leastWord(table: PairTable, a: Frames, b: Frames): number {
  let least = 0
  for (const i of a) {
    for (const j of b) {
      const word = wordAt(table, i, j)
      if (word !== 0 && (least === 0 || fractionOf(word) < fractionOf(least))) least = word
    }
  }
  return least
}

function scoresOf(table: PairTable, a: Presentation, b: Presentation): PersonScores {
  const of = (eye: string): EyeScore | undefined => unpackScore(wordOfEye(table, a, b, eye))
  return { left: of('left'), right: of('right') }
}

function wordOfEye(table: PairTable, a: Presentation, b: Presentation, eye: string): number {
  return leastWord(table, a.eyes.get(eye) ?? [], b.eyes.get(eye) ?? [])
}

function onlyEye({ eyes }: Presentation): readonly [string, Frames] {
  for (const entry of eyes) return entry
  return ['', []]
}

function fused(scores: readonly number[], rule: EyeRule): number {
  if (scores.length === 0) return Number.NaN
  if (rule === 'either') return Math.min(...scores)
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function trialsOf(
  presentations: readonly Presentation[],
  persons: number,
  compare: (
    a: Presentation,
    b: Presentation,
  ) => { readonly isGenuine: boolean; readonly score: number } | undefined,
): Trials {
  const list = listTrials(persons, (presentations.length * (presentations.length - 1)) / 2)
  eachPair(presentations, (a, b) => {
    const trial = compare(a, b)
    if (trial) list.add(a.person, b.person, trial.isGenuine, trial.score)
  })
  return list.done()
}

function eachPair<T>(items: readonly T[], visit: (a: T, b: T) => void): void {
  items.forEach((a, i) => {
    for (let j = 0; j < i; j++) visit(a, items[j] as T)
  })
}
