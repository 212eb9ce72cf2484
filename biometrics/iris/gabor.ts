import {
  IRIS_COLUMNS,
  IRIS_PLANE_WORDS,
  IRIS_ROWS,
  IrisTemplate,
} from '../../protocol/iris-template.ts'
import { cosSinOfTurn } from './arithmetic.ts'
import { gaussian } from './raster.ts'
import { SHEET_COLUMNS, SHEET_ROWS, type Sheet } from './unroll.ts'

/** One scale of the filter bank; lengths in columns and rows of the 64x512 sheet. */
type Scale = {
  readonly envelope: Float32Array
  readonly even: Float32Array
  readonly odd: Float32Array
}

/** Wavelengths of 28 and 8 columns: 18 and 64 waves around the iris. */
const SCALES: readonly Scale[] = [scaleOf(28, 7), scaleOf(8, 2)]
/** Deviation of both scales' envelope across rows. */
const SIGMA_DOWN = 3

/** A position counts when at least this share of the filter's weight lies on usable iris. */
const LEAST_SUPPORT = 0.7
/** Share of the usable positions of each scale whose phase is too near an axis to be repeated. */
const FRAGILE_SHARE = 0.15

/** A template, and how much of the iris and how strong a texture it was made from. */
export type PhaseCode = {
  readonly template: IrisTemplate
  /** Share 0..1 of positions on usable iris, before fragile ones are dropped. */
  readonly usableShare: number
  /** Mean magnitude of the fine scale's response in normalised units. */
  readonly fineEnergy: number
}

/** Filters the sheet at two scales and keeps the quadrant of each response's phase. */
export function encodePhases(sheet: Sheet): PhaseCode {
  const { values, weights } = normalise(sheet)
  const re = new Uint32Array(IRIS_PLANE_WORDS)
  const im = new Uint32Array(IRIS_PLANE_WORDS)
  const mask = new Uint32Array(IRIS_PLANE_WORDS)
  const rows = smoothRows(values, SIGMA_DOWN)
  const weighed = smoothRows(weights, SIGMA_DOWN)
  let usable = 0
  let fineEnergy = 0
  SCALES.forEach((scale, index) => {
    const response = filterRows(rows, weighed, scale)
    const sturdy = sturdyPositions(response)
    for (let at = 0; at < IRIS_ROWS * IRIS_COLUMNS; at++) {
      const bit = 1 << (IRIS_ROWS * index + Math.floor(at / IRIS_COLUMNS))
      const column = at % IRIS_COLUMNS
      if ((response.re[at] as number) > 0) re[column] = (re[column] as number) | bit
      if ((response.im[at] as number) > 0) im[column] = (im[column] as number) | bit
      if (sturdy[at] === 1) mask[column] = (mask[column] as number) | bit
      usable += (response.support[at] as number) >= LEAST_SUPPORT ? 1 : 0
    }
    fineEnergy = meanMagnitude(response)
  })
  return {
    template: new IrisTemplate({ re, im, mask }),
    usableShare: usable / (SCALES.length * IRIS_ROWS * IRIS_COLUMNS),
    fineEnergy,
  }
}

type Response = {
  readonly re: Float32Array
  readonly im: Float32Array
  readonly support: Float32Array
}

/** Rows and columns of the window whose mean and deviation a value is measured against. */
const WINDOW_REACH_ROWS = 8
const WINDOW_REACH_COLUMNS = 24

/** Values as deviations from their surroundings in units of its deviation; 0 where not usable. */
function normalise(sheet: Sheet): { values: Float32Array; weights: Float32Array } {
  const weights = new Float32Array(sheet.usable)
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

function scaleOf(wavelength: number, sigmaAcross: number): Scale {
  const envelope = gaussian(sigmaAcross)
  const reach = (envelope.length - 1) / 2
  const phase = (k: number) => cosSinOfTurn((k - reach) / wavelength)
  const cosine = envelope.map((weight, k) => weight * phase(k)[0])
  // Without its mean the even part does not answer to brightness.
  const mean = cosine.reduce((sum, weight) => sum + weight, 0)
  return {
    envelope,
    even: cosine.map((weight, k) => weight - mean * (envelope[k] as number)),
    odd: envelope.map((weight, k) => weight * phase(k)[1]),
  }
}

function filterRows(rows: Float32Array, weights: Float32Array, scale: Scale): Response {
  return {
    re: convolveRows(rows, scale.even),
    im: convolveRows(rows, scale.odd),
    support: convolveRows(weights, scale.envelope),
  }
}

/** Gaussian means over rows at the 16 row centres; weights beyond the sheet fall on its edge. */
function smoothRows(data: Float32Array, sigma: number): Float32Array {
  const kernel = gaussian(sigma)
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
function convolveRows(rows: Float32Array, kernel: Float32Array): Float32Array {
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

/** 1 where enough iris lies under the filter and both parts are clear of zero. */
function sturdyPositions({ re, im, support }: Response): Uint8Array {
  const strengths = new Float32Array(re.length)
  const usable = new Float32Array(re.length)
  let count = 0
  for (let at = 0; at < re.length; at++) {
    const strength = Math.min(Math.abs(re[at] as number), Math.abs(im[at] as number))
    strengths[at] = strength
    if ((support[at] as number) >= LEAST_SUPPORT) usable[count++] = strength
  }
  const sorted = usable.subarray(0, count).sort()
  const least = sorted[Math.floor(FRAGILE_SHARE * count)] ?? 0
  const sturdy = new Uint8Array(re.length)
  for (let at = 0; at < re.length; at++) {
    const isUsable = (support[at] as number) >= LEAST_SUPPORT
    if (isUsable && (strengths[at] as number) >= least) sturdy[at] = 1
  }
  return sturdy
}

function meanMagnitude({ re, im, support }: Response): number {
  let sum = 0
  let count = 0
  re.forEach((real, at) => {
    if ((support[at] as number) < LEAST_SUPPORT) return
    const imaginary = im[at] as number
    sum += Math.sqrt(real * real + imaginary * imaginary)
    count++
  })
  return count === 0 ? 0 : sum / count
}
