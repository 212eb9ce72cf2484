import { duplicateThresholds, THRESHOLD_DENOMINATOR } from '../../../protocol/duplicate-rule.ts'
import type { Capture } from './captures.ts'
import { fractionOf, type PairTable, wordAt } from './pair-table.ts'

/** What one eye's scores say about two subjects; null medians where nothing could be compared. */
export type EyeEvidence = {
  readonly eye: string
  readonly pairs: number
  readonly least: number | null
  readonly median: number | null
}

/** Two subject labels whose scores say that they are one person. */
export type LabelError = {
  readonly subjects: readonly [string, string]
  /** `both-eyes` say so each by itself, or `one-eye` does: then the other was not compared or denies it. */
  readonly evidence: 'both-eyes' | 'one-eye'
  readonly eyes: readonly EyeEvidence[]
}

/**
 * Pairs of subjects with an eye whose *median* score over all image pairs is at most T2 of the
 * duplicate rule: one bad image makes no label error. A proposal for a person to look at, strongest
 * first; nothing is corrected by it.
 */
export function labelErrors(captures: readonly Capture[], table: PairTable): readonly LabelError[] {
  const limit = duplicateThresholds(1).bothEyes / THRESHOLD_DENOMINATOR
  const subjects = new Map<string, Map<string, number[]>>()
  for (const { subject, eye, template } of captures) {
    if (template === undefined) continue
    const eyes = subjects.get(subject) ?? new Map<string, number[]>()
    subjects.set(subject, eyes)
    eyes.set(eye, [...(eyes.get(eye) ?? []), template])
  }
  const names = [...subjects.keys()]
  const found: LabelError[] = []
  names.forEach((a, i) => {
    for (const b of names.slice(i + 1)) {
      const eyes = evidenceOf(subjects.get(a) ?? new Map(), subjects.get(b) ?? new Map(), table)
      const agreeing = eyes.filter(({ median }) => median !== null && median <= limit).length
      if (agreeing === 0) continue
      found.push({ subjects: [a, b], evidence: agreeing > 1 ? 'both-eyes' : 'one-eye', eyes })
    }
  })
  const strength = ({ eyes }: LabelError) => Math.min(...eyes.map(({ median }) => median ?? 1))
  return found.sort((a, b) => strength(a) - strength(b))
}

function evidenceOf(
  a: ReadonlyMap<string, readonly number[]>,
  b: ReadonlyMap<string, readonly number[]>,
  table: PairTable,
): readonly EyeEvidence[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort().map((eye) => {
    const scores = (a.get(eye) ?? [])
      .flatMap((i) => (b.get(eye) ?? []).map((j) => fractionOf(wordAt(table, i, j))))
      .filter((score) => !Number.isNaN(score))
      .sort((x, y) => x - y)
    const at = (place: number) => {
      const score = scores[place]
      return score === undefined ? null : Number(score.toFixed(4))
    }
    return { eye, pairs: scores.length, least: at(0), median: at(scores.length >> 1) }
  })
}
