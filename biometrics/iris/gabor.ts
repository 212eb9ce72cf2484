import {
  IRIS_COLUMNS,
  IRIS_PLANE_WORDS,
  IRIS_ROWS,
  IrisTemplate,
} from '../../protocol/iris-template.ts'
import { cosSinOfTurn } from './arithmetic.ts'
import { nthLeast } from './order-statistics.ts'
import { gaussian } from './raster.ts'
import { convolveRows, normalise, smoothRows } from './sheet-filters.ts'
import type { Sheet } from './unroll.ts'

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
  const least = nthLeast(usable.subarray(0, count), Math.floor(FRAGILE_SHARE * count)) ?? 0
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
