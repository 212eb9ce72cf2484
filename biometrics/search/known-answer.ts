import { duplicateThresholds } from '../../protocol/duplicate-rule.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../protocol/iris-template.ts'
import {
  type GalleryPerson,
  type PersonEyes,
  resultOf,
  type SearchResult,
  searchExhaustively,
} from './exhaustive.ts'
import type { Kernel } from './kernel.ts'
import { createPersonIndex, type PersonIndex } from './person-index.ts'

/*
 * A small gallery of which a back-end must say what the plain comparison says: persons one bit below,
 * at and above each threshold, turned as far as is looked for and one column further, with one eye,
 * with masks that barely overlap and with none.
 */

/** A gallery, its probes, and what the plain comparison says of each. */
export type KnownAnswer = {
  readonly persons: readonly GalleryPerson[]
  readonly probes: readonly PersonEyes[]
  readonly expected: readonly SearchResult[]
}

/** The gallery with its answers; some milliseconds of plain comparison. */
export function knownAnswer(): KnownAnswer {
  const words = xorshift(0x2b_99_2d_df)
  const own = { left: randomEye(words), right: randomEye(words) }
  const persons = relatives(own, words).map((eyes, i) => ({ handle: `p${i}`, ...eyes }))
  const probes: PersonEyes[] = [own, { right: own.right }, persons[0] ?? own]
  return { persons, probes, expected: probes.map((probe) => searchExhaustively(probe, persons)) }
}

/** Whether an index over the gallery answers as the plain comparison does. */
export function answersAlike(index: PersonIndex, { probes, expected }: KnownAnswer): boolean {
  return probes.every((probe, i) => {
    const all = expected[i]
    const exact = resultOf([...index.search(probe, { mode: 'exact' })])
    const fast = resultOf([...index.search(probe, { mode: 'fast' })])
    if (!all || textOf(exact) !== textOf(all)) return false
    // Fast may miss who is at a threshold; whom it names, it names with the same scores.
    const known = new Map(all.candidates.map((one) => [one.handle, JSON.stringify(one)]))
    const sure = all.candidates.filter(({ scoreMillionths }) => scoreMillionths < SURE_MILLIONTHS)
    const found = new Set(fast.candidates.map(({ handle }) => handle))
    return (
      fast.candidates.every((one) => known.get(one.handle) === JSON.stringify(one)) &&
      sure.every(({ handle }) => found.has(handle)) &&
      fast.undecided.join() === all.undecided.join()
    )
  })
}

/** An index of the gallery's persons. */
export function indexOfKnown(kernel: Kernel | undefined, { persons }: KnownAnswer): PersonIndex {
  const index = createPersonIndex(kernel)
  for (const person of persons) index.put(person)
  return index
}

/** Adds `count` strangers to an index, so that a rate can be measured over it. */
export function addStrangers(index: PersonIndex, { persons }: KnownAnswer, count: number): void {
  const strangers = persons.slice(-STRANGERS)
  for (let i = 0; i < count; i++) {
    index.put({ ...strangers[i % strangers.length], handle: `s${i}` })
  }
}

/** Persons below this are found by any search that works. */
const SURE_MILLIONTHS = 300_000
/** Persons at the end of the gallery who are like none of the probes. */
const STRANGERS = 7
/** Code bits of a template of which all is usable. */
const CODE_BITS = 16_384

/** Persons who are like `own` to degrees that matter. */
function relatives(own: Required<PersonEyes>, words: () => number): readonly PersonEyes[] {
  const { oneEye, bothEyes } = duplicateThresholds(1)
  const { left, right } = own as { left: IrisTemplate; right: IrisTemplate }
  const other = () => randomEye(words)
  const bits = (threshold: number, more: number) => (threshold * CODE_BITS) / 1024 + more
  const near = (eye: IrisTemplate, count: number, turn = 0) =>
    flipped(turned(eye, turn), count, words)
  const atOneEye = [-1, 0, 1].map((more) => ({
    left: near(left, bits(oneEye, more)),
    right: other(),
  }))
  const atBoth = [0, 1].map((more) => ({
    left: near(left, bits(bothEyes, more), 7),
    right: near(right, bits(bothEyes, 0), -9),
  }))
  const atTurns = [-17, -16, -5, 11, 16].map((turn) => ({
    left: other(),
    right: near(right, 3000, turn),
  }))
  return [
    ...atOneEye,
    ...atBoth,
    ...atTurns,
    { left: near(left, 4000, 3) },
    { right: near(right, 4000, -3) },
    { left: behind(near(left, 2000), 64), right: behind(other(), 64) },
    { left: behind(near(left, 2000), 63), right: behind(other(), 63) },
    { left: behind(near(left, 2000), 0), right: behind(near(right, 2000), 0) },
    {},
    // The probe is left with left: an eye on the other side is a stranger's.
    { left: near(right, 1000), right: near(left, 1000) },
    ...Array.from({ length: STRANGERS }, () => ({ left: other(), right: other() })),
  ]
}

/** Neighbouring columns are alike at the coarse scale, as in an iris: fast search counts on it. */
function randomEye(words: () => number): IrisTemplate {
  const plane = () => {
    let word = words()
    return planeOf(() => {
      const coarse = words() & words() & words() & 0xff_ff
      word ^= coarse | (words() & 0xff_ff_00_00)
      return word
    })
  }
  return new IrisTemplate({ re: plane(), im: plane(), mask: planeOf(() => 0xff_ff_ff_ff) })
}

function turned(template: IrisTemplate, columns: number): IrisTemplate {
  const { re, im, mask } = template.planes()
  const turn = (plane: Uint32Array) =>
    planeOf((column) => plane[(column + columns) & (IRIS_PLANE_WORDS - 1)] ?? 0)
  return new IrisTemplate({ re: turn(re), im: turn(im), mask: turn(mask) })
}

/** The template with exactly `count` of its code bits changed. */
function flipped(template: IrisTemplate, count: number, words: () => number): IrisTemplate {
  const { re, im, mask } = template.planes()
  const planes = [re.slice(), im.slice()] as const
  const places = new Set<number>()
  while (places.size < count) places.add(words() % CODE_BITS)
  for (const place of places) {
    const plane = planes[place & 1] as Uint32Array
    const column = (place >>> 1) & (IRIS_PLANE_WORDS - 1)
    plane[column] = (plane[column] ?? 0) ^ (1 << (place >>> 9))
  }
  return new IrisTemplate({ re: planes[0], im: planes[1], mask })
}

/** The template of which the first `columns` columns are usable. */
function behind(template: IrisTemplate, columns: number): IrisTemplate {
  const { re, im } = template.planes()
  return new IrisTemplate({
    re,
    im,
    mask: planeOf((column) => (column < columns ? 0xff_ff_ff_ff : 0)),
  })
}

function planeOf(word: (column: number) => number): Uint32Array {
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, column) => word(column))
}

function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

function textOf({ candidates, undecided, searched }: SearchResult): string {
  return JSON.stringify({ candidates, undecided, searched })
}
