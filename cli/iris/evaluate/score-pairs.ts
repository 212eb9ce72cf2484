import { compareIris } from '../../../biometrics/iris/compare.ts'
import type { Kernel } from '../../../biometrics/search/kernel.ts'
import { EYES } from '../../../biometrics/search/slab-layout.ts'
import { SlabMemory } from '../../../biometrics/search/slab-memory.ts'
import {
  decodeIrisTemplate,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../../protocol/iris-template.ts'
import { packComparison, packScore, placeOf } from './pair-table.ts'

/** Part of a pair table to fill: the rows `first`, `first + step`, … of templates side by side. */
export type PairPart = {
  readonly templates: Uint8Array
  readonly words: Uint32Array
  readonly first: number
  readonly step: number
}

/** Scores the pairs (i, j), j < i, of the part's rows into its words; in TypeScript without a kernel. */
export function scorePairs({ templates, words, first, step }: PairPart, kernel?: Kernel): void {
  const decoded = decodeAll(templates)
  const scorer = scorerOf(decoded, kernel)
  for (let i = first; i < decoded.length; i += step) {
    const wordOf = scorer(decoded[i] as IrisTemplate)
    for (let j = 0; j < i; j++) words[placeOf(i, j)] = wordOf(j)
  }
}

/** Part of the table of one set's templates (rows) against another's (columns), row by row. */
export type CrossPart = PairPart & { readonly columns: Uint8Array }

/** Scores each row's template against all of the other set into the part's words. */
export function scoreAcross(
  { templates, columns, words, first, step }: CrossPart,
  kernel?: Kernel,
): void {
  const rows = decodeAll(templates)
  const others = decodeAll(columns)
  const scorer = scorerOf(others, kernel)
  for (let i = first; i < rows.length; i += step) {
    const wordOf = scorer(rows[i] as IrisTemplate)
    for (let j = 0; j < others.length; j++) words[i * others.length + j] = wordOf(j)
  }
}

/** For a template the words of its scores against the others by place, until the next one's are asked. */
type Scorer = (template: IrisTemplate) => (place: number) => number

/** The scores are the same with a kernel and without; with one they take a fraction of the time. */
function scorerOf(others: readonly IrisTemplate[], kernel: Kernel | undefined): Scorer {
  if (!kernel) {
    return (template) => (place) =>
      packComparison(compareIris(template, others[place] as IrisTemplate))
  }
  const memory = new SlabMemory(kernel, { layout: 'records' })
  // A row has room for two templates: whose eyes they are is nothing to a score.
  const placeIn = (place: number) => [place >> 1, EYES[place & 1] ?? 'left'] as const
  others.forEach((other, place) => {
    memory.put(...placeIn(place), other)
  })
  return (template) => {
    const probe = memory.load('left', template, { name: 'all' })
    return (place) => packScore(memory.score(...placeIn(place), probe))
  }
}

function decodeAll(bytes: Uint8Array): readonly IrisTemplate[] {
  return Array.from({ length: bytes.length / IRIS_TEMPLATE_BYTES }, (_, i) =>
    decodeIrisTemplate(bytes.subarray(i * IRIS_TEMPLATE_BYTES, (i + 1) * IRIS_TEMPLATE_BYTES)),
  )
}
