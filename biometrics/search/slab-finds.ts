import type { PersonScores } from '../../protocol/duplicate-rule.ts'
import { addPerson, type Tally } from './exhaustive.ts'

/** What a slab has for a probe, by row. Rows of nobody may be among them. */
export type SlabFinds = {
  /** Scored persons, five words each: row, then of left and right differing and common bits (0: none). */
  readonly scored: readonly number[]
  /** Rows of which no eye can be compared with the probe. */
  readonly open: readonly number[]
  /** Rows whose templates have to decide, for this memory has only their sketches. */
  readonly likely: readonly number[]
}

/** Finds with `by` added to each row. */
export function shiftFinds({ scored, open, likely }: SlabFinds, by: number): SlabFinds {
  return {
    scored: scored.map((word, at) => (at % SCORED_WORDS === 0 ? word + by : word)),
    open: open.map((row) => row + by),
    likely: likely.map((row) => row + by),
  }
}

/** The finds without those in rows that `isIn` names. */
export function withoutRows(
  { scored, open, likely }: SlabFinds,
  isIn: (row: number) => boolean,
): SlabFinds {
  const isOut = (row: number) => !isIn(row)
  return {
    scored: scored.filter((_, at) => isOut(scored[at - (at % SCORED_WORDS)] ?? 0)),
    open: open.filter(isOut),
    likely: likely.filter(isOut),
  }
}

/** Words of a scored person. */
const SCORED_WORDS = 5

/** Notes what a slab's finds say of the persons in its rows; rows of nobody are passed over. */
export function addFinds(
  tally: Tally,
  { scored, open }: Pick<SlabFinds, 'scored' | 'open'>,
  handleOf: (row: number) => string | undefined,
  gallerySize: number,
): void {
  for (let at = 0; at < scored.length; at += SCORED_WORDS) {
    const [row = 0, ...words] = scored.slice(at, at + SCORED_WORDS)
    const handle = handleOf(row)
    if (handle !== undefined) addPerson(tally, handle, scoresOf(words), gallerySize)
  }
  for (const row of open) {
    const handle = handleOf(row)
    if (handle !== undefined) tally.undecided.push(handle)
  }
}

function scoresOf([
  left = 0,
  leftCommon = 0,
  right = 0,
  rightCommon = 0,
]: readonly number[]): PersonScores {
  const score = (numeratorBits: number, commonBits: number) =>
    commonBits === 0 ? undefined : { numeratorBits, commonBits }
  return { left: score(left, leftCommon), right: score(right, rightCommon) }
}
