import type { Capture } from './captures.ts'
import { fractionOf, type PairTable, wordAt } from './pair-table.ts'

/** A pair of images that stands out; `score` is null where it could not be compared. */
export type FailurePair = {
  readonly a: Capture
  readonly b: Capture
  readonly score: number | null
}

/** The pairs to look at first. */
export type Failures = {
  /** Of one eye, those without a score first, then the highest scores. */
  readonly genuine: readonly FailurePair[]
  /** Of two eyes, the lowest scores first. */
  readonly impostor: readonly FailurePair[]
}

/** The `most` worst genuine and best impostor pairs. */
export function worstPairs(captures: readonly Capture[], table: PairTable, most: number): Failures {
  const genuine: FailurePair[] = []
  const impostor: FailurePair[] = []
  const shown = captures.filter(({ template }) => template !== undefined)
  shown.forEach((a, i) => {
    for (const b of shown.slice(0, i)) {
      const fraction = fractionOf(wordAt(table, a.template as number, b.template as number))
      const score = Number.isNaN(fraction) ? null : fraction
      if (a.person === b.person && a.eye === b.eye) {
        keep(genuine, { a, b, score }, most, (pair) => -(pair.score ?? 2))
      } else if (score !== null) keep(impostor, { a, b, score }, most, (pair) => pair.score ?? 2)
    }
  })
  return { genuine, impostor }
}

/** Inserts into a list that stays sorted by `rank` and at most `most` long. */
function keep(
  list: FailurePair[],
  pair: FailurePair,
  most: number,
  rank: (pair: FailurePair) => number,
): void {
  const own = rank(pair)
  const last = list.at(-1)
  if (list.length >= most && last && rank(last) <= own) return
  const place = list.findIndex((other) => rank(other) > own)
  list.splice(place < 0 ? list.length : place, 0, pair)
  if (list.length > most) list.pop()
}
