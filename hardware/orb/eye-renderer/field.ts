import type { Random } from '../../sim/random.ts'
import { inverseFourier2 } from './fourier.ts'

/** A random field on a grid, mean 0 and standard deviation 1; columns wrap round. */
export type Field = {
  readonly columns: number
  readonly rows: number
  readonly values: Float32Array
}

/** Power at so many cycles along a row and down all rows (both 0 or more). */
export type Spectrum = (alongColumns: number, alongRows: number) => number

/**
 * A field with the given power spectrum and random phases. Rows do not wrap round: the field is cut
 * from one of twice the height. Both sides are powers of two.
 */
export function randomPhaseField(
  random: Random,
  columns: number,
  rows: number,
  spectrum: Spectrum,
): Field {
  const full = 2 * rows
  const re = new Float64Array(columns * full)
  const im = new Float64Array(columns * full)
  for (let y = 0; y < full; y++) {
    for (let x = 0; x < columns; x++) {
      const along = Math.min(x, columns - x)
      // Half a cycle a step: the field is as high as two of what is kept.
      const down = Math.min(y, full - y) / 2
      const amplitude = along === 0 && down === 0 ? 0 : Math.sqrt(spectrum(along, down))
      const phase = 2 * Math.PI * random.next()
      re[y * columns + x] = amplitude * Math.cos(phase)
      im[y * columns + x] = amplitude * Math.sin(phase)
    }
  }
  inverseFourier2(re, im, columns)
  return { columns, rows, values: standardise(re.subarray(0, columns * rows)) }
}

/** The field at a place between grid points; columns wrap round, rows end at the edge. */
export function fieldAt({ columns, rows, values }: Field, column: number, row: number): number {
  const y = Math.min(Math.max(row, 0), rows - 1.001)
  const [x0, y0] = [Math.floor(column), Math.floor(y)]
  const [fx, fy] = [column - x0, y - y0]
  // Columns are a power of two, so the mask wraps negative ones too.
  const left = x0 & (columns - 1)
  const right = (x0 + 1) & (columns - 1)
  const at = y0 * columns
  const upper = (values[at + left] as number) * (1 - fx) + (values[at + right] as number) * fx
  const below = at + columns
  const lower = (values[below + left] as number) * (1 - fx) + (values[below + right] as number) * fx
  return upper * (1 - fy) + lower * fy
}

function standardise(raw: Float64Array): Float32Array {
  let [sum, squares] = [0, 0]
  for (const value of raw) {
    sum += value
    squares += value * value
  }
  const mean = sum / raw.length
  const deviation = Math.sqrt(squares / raw.length - mean * mean) || 1
  return Float32Array.from(raw, (value) => (value - mean) / deviation)
}
