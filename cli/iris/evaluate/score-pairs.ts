import { compareIris } from '../../../biometrics/iris/compare.ts'
import {
  decodeIrisTemplate,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../../protocol/iris-template.ts'
import { packComparison, placeOf } from './pair-table.ts'

/** Part of a pair table to fill: the rows `first`, `first + step`, … of templates side by side. */
export type PairPart = {
  readonly templates: Uint8Array
  readonly words: Uint32Array
  readonly first: number
  readonly step: number
}

/** Scores the pairs (i, j), j < i, of the part's rows into its words. */
export function scorePairs({ templates, words, first, step }: PairPart): void {
  const decoded = decodeAll(templates)
  for (let i = first; i < decoded.length; i += step) {
    for (let j = 0; j < i; j++) {
      const comparison = compareIris(decoded[i] as IrisTemplate, decoded[j] as IrisTemplate)
      words[placeOf(i, j)] = packComparison(comparison)
    }
  }
}

/** Part of the table of one set's templates (rows) against another's (columns), row by row. */
export type CrossPart = PairPart & { readonly columns: Uint8Array }

/** Scores each row's template against all of the other set into the part's words. */
export function scoreAcross({ templates, columns, words, first, step }: CrossPart): void {
  const rows = decodeAll(templates)
  const others = decodeAll(columns)
  for (let i = first; i < rows.length; i += step) {
    others.forEach((other, j) => {
      words[i * others.length + j] = packComparison(compareIris(rows[i] as IrisTemplate, other))
    })
  }
}

function decodeAll(bytes: Uint8Array): readonly IrisTemplate[] {
  return Array.from({ length: bytes.length / IRIS_TEMPLATE_BYTES }, (_, i) =>
    decodeIrisTemplate(bytes.subarray(i * IRIS_TEMPLATE_BYTES, (i + 1) * IRIS_TEMPLATE_BYTES)),
  )
}
