import { kernelExtremes } from './kernel-image.ts'
import type { Raster } from './raster.ts'

/** Least (`sign` 1) or greatest (`sign` -1) value in a square of `2 * reach + 1` pixels. */
export function extremeFilter(raster: Raster, reach: number, sign: 1 | -1): Raster {
  const { width, height } = raster
  const extremes = kernelExtremes(raster, reach, sign)
  if (extremes) return { width, height, data: extremes }
  const signed = new Float32Array(raster.data)
  if (sign < 0) negate(signed)
  const data = leastDown(leastAcross(signed, width, height, reach), width, height, reach)
  if (sign < 0) negate(data)
  return { width, height, data }
}

/** 1 within a square of `2 * reach + 1` pixels around each pixel that is not 0, else 0. */
export function grow(raster: Raster, reach: number): Raster {
  const { width, height, data } = raster
  const out = new Float32Array(data.length)
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue
    const x = at % width
    const y = (at - x) / width
    const from = Math.max(0, x - reach)
    const to = Math.min(width, x + reach + 1)
    for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
      out.fill(1, row * width + from, row * width + to)
    }
  }
  return { width, height, data: out }
}

function negate(data: Float32Array): void {
  for (let at = 0; at < data.length; at++) data[at] = -(data[at] as number)
}

/* Van Herk: running extremes from both ends of blocks as long as the window; cost is per pixel. */

function leastAcross(
  data: Float32Array,
  width: number,
  height: number,
  reach: number,
): Float32Array {
  const window = 2 * reach + 1
  const length = Math.ceil((width + 2 * reach) / window) * window
  const padded = new Float32Array(length).fill(Infinity)
  const forward = new Float32Array(length)
  const backward = new Float32Array(length)
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    const row = y * width
    padded.set(data.subarray(row, row + width), reach)
    for (let start = 0; start < length; start += window) {
      leastOfBlock(padded, forward, backward, start, start + window)
    }
    for (let x = 0; x < width; x++) {
      const first = backward[x] as number
      const last = forward[x + window - 1] as number
      out[row + x] = first < last ? first : last
    }
  }
  return out
}

/** Least values up to each place of a block from its start, and from each place to its end. */
function leastOfBlock(
  data: Float32Array,
  forward: Float32Array,
  backward: Float32Array,
  start: number,
  end: number,
): void {
  let least = Infinity
  for (let i = start; i < end; i++) {
    const value = data[i] as number
    if (value < least) least = value
    forward[i] = least
  }
  least = Infinity
  for (let i = end - 1; i >= start; i--) {
    const value = data[i] as number
    if (value < least) least = value
    backward[i] = least
  }
}

/** The same downwards, whole rows at a time. */
function leastDown(data: Float32Array, width: number, height: number, reach: number): Float32Array {
  const window = 2 * reach + 1
  const length = Math.ceil((height + 2 * reach) / window) * window
  const forward = new Float32Array(length * width).fill(Infinity)
  forward.set(data, reach * width)
  const backward = forward.slice()
  for (let i = 0; i < length; i++) {
    if (i % window !== 0) lowerTo(forward, i * width, forward, (i - 1) * width, width)
  }
  for (let i = length - 1; i >= 0; i--) {
    if (i % window !== window - 1) lowerTo(backward, i * width, backward, (i + 1) * width, width)
  }
  const out = backward.slice(0, height * width)
  lowerTo(out, 0, forward, (window - 1) * width, height * width)
  return out
}

/** Lowers `count` values of `data` from `at` to those of `other` from `from` where these are less. */
function lowerTo(
  data: Float32Array,
  at: number,
  other: Float32Array,
  from: number,
  count: number,
): void {
  for (let k = 0; k < count; k++) {
    const value = other[from + k] as number
    if (value < (data[at + k] as number)) data[at + k] = value
  }
}
