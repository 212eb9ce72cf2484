import type { GreyImage } from '../../protocol/image.ts'

/** A grey raster of floats, row-major, 0..255, on which the pipeline computes. */
export type Raster = {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** The image's pixels as floats. */
export function rasterOf(image: GreyImage): Raster {
  return { width: image.width, height: image.height, data: Float32Array.from(image.pixels) }
}

/** Value between pixels (bilinear); outside the raster the nearest edge pixel counts. */
export function sample(raster: Raster, x: number, y: number): number {
  const { width, height, data } = raster
  const cx = x < 0 ? 0 : x > width - 1.001 ? width - 1.001 : x
  const cy = y < 0 ? 0 : y > height - 1.001 ? height - 1.001 : y
  const left = cx | 0
  const top = cy | 0
  const fx = cx - left
  const fy = cy - top
  const at = top * width + left
  const upper = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx
  const lower = (data[at + width] as number) * (1 - fx) + (data[at + width + 1] as number) * fx
  return upper * (1 - fy) + lower * fy
}

/** The raster scaled to `width` x `height` by averaging the area under each new pixel. */
export function resize(raster: Raster, width: number, height: number): Raster {
  if (width === raster.width && height === raster.height) return raster
  const across = resizeRows(raster.data, raster.width, raster.height, width)
  const turned = transpose(across, width, raster.height)
  const both = resizeRows(turned, raster.height, width, height)
  return { width, height, data: transpose(both, height, width) }
}

function resizeRows(data: Float32Array, from: number, rows: number, to: number): Float32Array {
  const out = new Float32Array(to * rows)
  const step = from / to
  for (let x = 0; x < to; x++) {
    const start = x * step
    // Where the raster grows, a new pixel still spans one old pixel around its centre.
    const span = Math.max(step, 1)
    const begin = Math.max(0, start + (step - span) / 2)
    const end = Math.min(from, begin + span)
    for (let i = Math.floor(begin); i < end; i++) {
      const share = (Math.min(end, i + 1) - Math.max(begin, i)) / (end - begin)
      for (let y = 0; y < rows; y++) {
        out[y * to + x] = (out[y * to + x] as number) + share * (data[y * from + i] as number)
      }
    }
  }
  return out
}

function transpose(data: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x] as number
  }
  return out
}

/** Gaussian blur of standard deviation `sigma` pixels, edges repeated. */
export function blur(raster: Raster, sigma: number): Raster {
  const { width, height } = raster
  const kernel = gaussian(sigma)
  const across = blurRows(raster.data, width, height, kernel)
  const turned = blurRows(transpose(across, width, height), height, width, kernel)
  return { width, height, data: transpose(turned, height, width) }
}

/** Gaussian weights from -3 sigma to +3 sigma, adding up to 1. */
export function gaussian(sigma: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigma))
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  return kernel.map((weight) => weight / sum)
}

function blurRows(
  data: Float32Array,
  width: number,
  height: number,
  kernel: Float32Array,
): Float32Array {
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(data.length)
  const padded = new Float32Array(width + 2 * reach)
  for (let y = 0; y < height; y++) {
    const row = y * width
    padded.fill(data[row] as number, 0, reach)
    padded.set(data.subarray(row, row + width), reach)
    padded.fill(data[row + width - 1] as number, reach + width)
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (padded[x + k] as number)
      }
      out[row + x] = sum
    }
  }
  return out
}

/** Least (`sign` 1) or greatest (`sign` -1) value in a square of `2 * reach + 1` pixels. */
export function extremeFilter(raster: Raster, reach: number, sign: 1 | -1): Raster {
  const { width, height } = raster
  const across = extremeRows(raster.data, width, height, reach, sign)
  const turned = extremeRows(transpose(across, width, height), height, width, reach, sign)
  return { width, height, data: transpose(turned, height, width) }
}

/* Van Herk: running extremes from both ends of blocks as long as the window; cost is per pixel. */
function extremeRows(
  data: Float32Array,
  width: number,
  height: number,
  reach: number,
  sign: 1 | -1,
): Float32Array {
  const window = 2 * reach + 1
  const length = Math.ceil((width + 2 * reach) / window) * window
  const padded = new Float32Array(length)
  const forward = new Float32Array(length)
  const backward = new Float32Array(length)
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) {
    padded.fill(Infinity)
    for (let x = 0; x < width; x++) padded[reach + x] = sign * (data[y * width + x] as number)
    for (let i = 0; i < length; i++) {
      const value = padded[i] as number
      forward[i] = i % window === 0 ? value : Math.min(forward[i - 1] as number, value)
    }
    for (let i = length - 1; i >= 0; i--) {
      const value = padded[i] as number
      const isLast = i % window === window - 1
      backward[i] = isLast ? value : Math.min(backward[i + 1] as number, value)
    }
    for (let x = 0; x < width; x++) {
      const extreme = Math.min(backward[x] as number, forward[x + window - 1] as number)
      out[y * width + x] = sign * extreme
    }
  }
  return out
}

/** Grey level below which the given fraction (0..1) of the raster lies, by a 256-bin histogram. */
export function percentile(data: Float32Array, fraction: number): number {
  const bins = new Uint32Array(256)
  for (const value of data) {
    const bin = value < 0 ? 0 : value > 255 ? 255 : value | 0
    bins[bin] = (bins[bin] as number) + 1
  }
  let left = fraction * data.length
  for (let bin = 0; bin < 256; bin++) {
    left -= bins[bin] as number
    if (left < 0) return bin
  }
  return 255
}
