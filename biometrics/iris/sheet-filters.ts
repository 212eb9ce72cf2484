import { IRIS_COLUMNS, IRIS_ROWS } from '../../protocol/iris-template.ts'
import { kernelConvolveRows, kernelNormalise, kernelSmoothRows } from './kernel-sheet.ts'
import { gaussian } from './raster.ts'
import { SHEET_COLUMNS, SHEET_ROWS, type Sheet } from './unroll.ts'

/** Rows and columns of the window whose mean and deviation a value is measured against. */
const WINDOW_REACH_ROWS = 8
const WINDOW_REACH_COLUMNS = 24

/** Values as deviations from their surroundings in units of its deviation; 0 where not usable. */
export function normalise(sheet: Sheet): { values: Float32Array; weights: Float32Array } {
  const weights = new Float32Array(sheet.usable)
  const reach = [WINDOW_REACH_ROWS, WINDOW_REACH_COLUMNS] as const
  const normalised = kernelNormalise(sheet.values, weights, SHEET_COLUMNS, reach)
  if (normalised) return { values: normalised, weights }
  const first = new Float32Array(weights.length)
  const second = new Float32Array(weights.length)
  for (let at = 0; at < weights.length; at++) {
    if (weights[at] === 0) continue
    const value = sheet.values[at] as number
    first[at] = value
    second[at] = value * value
  }
  const [count, sum, squares] = [boxSum(weights), boxSum(first), boxSum(second)]
  const values = sheet.values.map((value, at) => {
    if (weights[at] === 0) return 0
    const mean = (sum[at] as number) / (count[at] as number)
    const variance = (squares[at] as number) / (count[at] as number) - mean * mean
    // A deviation of two grey levels is the sensor's noise: flat places stay flat.
    const deviation = Math.sqrt(Math.max(0, variance) + 4)
    return Math.max(-3, Math.min(3, (value - mean) / deviation))
  })
  return { values, weights }
}

/** Gaussian means over rows at the 16 row centres; weights beyond the sheet fall on its edge. */
export function smoothRows(data: Float32Array, sigma: number): Float32Array {
  const kernel = gaussian(sigma)
  const smoothed = kernelSmoothRows(data, SHEET_COLUMNS, kernel, IRIS_ROWS)
  if (smoothed) return smoothed
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(IRIS_ROWS * SHEET_COLUMNS)
  const step = SHEET_ROWS / IRIS_ROWS
  for (let row = 0; row < IRIS_ROWS; row++) {
    const centre = Math.round((row + 0.5) * step - 0.5)
    for (let k = 0; k < kernel.length; k++) {
      const source = Math.max(0, Math.min(SHEET_ROWS - 1, centre + k - reach))
      const weight = kernel[k] as number
      for (let column = 0; column < SHEET_COLUMNS; column++) {
        const at = row * SHEET_COLUMNS + column
        out[at] = (out[at] as number) + weight * (data[source * SHEET_COLUMNS + column] as number)
      }
    }
  }
  return out
}

/** Correlates each row, which closes on itself, with a kernel at every second column. */
export function convolveRows(rows: Float32Array, kernel: Float32Array): Float32Array {
  const convolved = kernelConvolveRows(rows, SHEET_COLUMNS, kernel)
  if (convolved) return convolved
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(IRIS_ROWS * IRIS_COLUMNS)
  const step = SHEET_COLUMNS / IRIS_COLUMNS
  const closed = new Float32Array(SHEET_COLUMNS + 2 * reach)
  for (let row = 0; row < IRIS_ROWS; row++) {
    const data = rows.subarray(row * SHEET_COLUMNS, (row + 1) * SHEET_COLUMNS)
    closed.set(data, reach)
    closed.set(data.subarray(SHEET_COLUMNS - reach), 0)
    closed.set(data.subarray(0, reach), reach + SHEET_COLUMNS)
    for (let column = 0; column < IRIS_COLUMNS; column++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (closed[step * column + k] as number)
      }
      out[row * IRIS_COLUMNS + column] = sum
    }
  }
  return out
}

/** Sum over a window, around the sheet's ends sideways and cut off at its top and bottom. */
function boxSum(data: Float32Array): Float32Array {
  const across = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  for (let row = 0; row < SHEET_ROWS; row++) sumAcross(data, across, row * SHEET_COLUMNS)
  for (let column = 0; column < SHEET_COLUMNS; column++) sumDown(across, out, column)
  return out
}

function sumAcross(data: Float32Array, out: Float32Array, start: number): void {
  const at = (column: number) => data[start + ((column + SHEET_COLUMNS) % SHEET_COLUMNS)] as number
  let sum = 0
  for (let k = -WINDOW_REACH_COLUMNS; k <= WINDOW_REACH_COLUMNS; k++) sum += at(k)
  for (let column = 0; column < SHEET_COLUMNS; column++) {
    out[start + column] = sum
    sum += at(column + WINDOW_REACH_COLUMNS + 1) - at(column - WINDOW_REACH_COLUMNS)
  }
}

function sumDown(data: Float32Array, out: Float32Array, column: number): void {
  const at = (row: number) =>
    row < 0 || row >= SHEET_ROWS ? 0 : (data[row * SHEET_COLUMNS + column] as number)
  let sum = 0
  for (let row = 0; row < WINDOW_REACH_ROWS; row++) sum += at(row)
  for (let row = 0; row < SHEET_ROWS; row++) {
    sum += at(row + WINDOW_REACH_ROWS) - at(row - WINDOW_REACH_ROWS - 1)
    out[row * SHEET_COLUMNS + column] = sum
  }
}
