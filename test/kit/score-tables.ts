import { type Capture, capturesOf } from '../../cli/iris/evaluate/captures.ts'
import {
  emptyPairTable,
  type PairTable,
  packComparison,
  placeOf,
} from '../../cli/iris/evaluate/pair-table.ts'

/** Captures of names like `aL` or `bR70`: subject, eye, quality (50); `-` at the end: refused. */
export function captures(...names: string[]): readonly Capture[] {
  const images = names.map((name) => ({
    file: name,
    path: name,
    subject: name.charAt(0),
    label: name.charAt(0),
    eye: name.charAt(1) === 'L' ? 'left' : 'right',
  }))
  return capturesOf(images, (i) => {
    const name = names[i] ?? ''
    return name.endsWith('-') ? undefined : { quality: Number(name.slice(2) || 50) }
  })
}

/** A pair table with scores of so many 1024ths, null where a pair was not compared. */
export function tableOf(
  count: number,
  scoreOf: (i: number, j: number) => number | null,
): PairTable {
  const table = emptyPairTable(count)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const per1024 = scoreOf(i, j)
      const score = { numeratorBits: 10 * (per1024 ?? 0), commonBits: 10_240 }
      table.words[placeOf(i, j)] = packComparison(
        per1024 === null
          ? { outcome: 'could-not-compare' }
          : { outcome: 'compared', score, shiftColumns: 0 },
      )
    }
  }
  return table
}
