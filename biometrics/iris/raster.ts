import type { GreyImage } from '../../protocol/image.ts'
import { expOf } from './arithmetic.ts'
import { kernelBlur, kernelResize, type Shares } from './kernel-image.ts'

/** A grey raster of floats, row-major, 0..255, on which the pipeline computes. */
export type Raster = {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** The image's pixels as floats. */
export function rasterOf(image: GreyImage): Raster {
  return { width: image.width, height: image.height, data: new Float32Array(image.pixels) }
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
  const columns = Array.from({ length: width }, (_, x) => sharesOf(x, raster.width, width))
  const rows = Array.from({ length: height }, (_, y) => sharesOf(y, raster.height, height))
  const resized = kernelResize(raster, columns, rows)
  if (resized) return { width, height, data: resized }
  const across = new Float32Array(width * raster.height)
  for (const [x, shares] of columns.entries()) {
    for (const [source, share] of shares) {
      for (let y = 0; y < raster.height; y++) {
        const at = y * width + x
        const value = raster.data[y * raster.width + source] as number
        across[at] = (across[at] as number) + share * value
      }
    }
  }
  const data = new Float32Array(width * height)
  for (const [y, shares] of rows.entries()) {
    for (const [source, share] of shares) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x
        data[at] = (data[at] as number) + share * (across[source * width + x] as number)
      }
    }
  }
  return { width, height, data }
}

/** Old pixels under a new one when `from` become `to`, each with its share of it. */
function sharesOf(place: number, from: number, to: number): Shares {
  const step = from / to
  // Where the raster grows, a new pixel still spans one old pixel around its centre.
  const span = Math.max(step, 1)
  const begin = Math.max(0, place * step + (step - span) / 2)
  const end = Math.min(from, begin + span)
  const shares: (readonly [number, number])[] = []
  for (let i = Math.floor(begin); i < end; i++) {
    shares.push([i, (Math.min(end, i + 1) - Math.max(begin, i)) / (end - begin)])
  }
  return shares
}

/** Gaussian blur of standard deviation `sigma` pixels, edges repeated. */
export function blur(raster: Raster, sigma: number): Raster {
  const { width, height } = raster
  const kernel = new Float64Array(gaussian(sigma))
  const blurred = kernelBlur(raster, kernel)
  if (blurred) return { width, height, data: blurred }
  const across = blurAcross(raster, kernel)
  return { width, height, data: blurDown(across, width, height, kernel) }
}

/** Gaussian weights from -3 sigma to +3 sigma, adding up to 1. */
export function gaussian(sigma: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigma))
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    expOf(-((i - reach) * (i - reach)) / (2 * sigma * sigma)),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  return kernel.map((weight) => weight / sum)
}

function blurAcross({ width, height, data }: Raster, kernel: Float64Array): Float32Array {
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(data.length)
  const padded = new Float64Array(width + 2 * reach)
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

function blurDown(
  data: Float32Array,
  width: number,
  height: number,
  kernel: Float64Array,
): Float32Array {
  const reach = (kernel.length - 1) / 2
  const out = new Float32Array(data.length)
  const rows = new Int32Array(kernel.length)
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < rows.length; k++) {
      rows[k] = Math.max(0, Math.min(height - 1, y + k - reach)) * width
    }
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (data[(rows[k] as number) + x] as number)
      }
      out[y * width + x] = sum
    }
  }
  return out
}

/** Grey levels below which the given fractions (0..1) of the raster lie, by a 256-bin histogram. */
export function percentiles(data: Float32Array, fractions: readonly number[]): readonly number[] {
  const bins = new Uint32Array(256)
  for (let at = 0; at < data.length; at++) {
    const value = data[at] as number
    const bin = value < 0 ? 0 : value > 255 ? 255 : value | 0
    bins[bin] = (bins[bin] as number) + 1
  }
  return fractions.map((fraction) => {
    let left = fraction * data.length
    const bin = bins.findIndex((count) => {
      left -= count
      return left < 0
    })
    return bin < 0 ? 255 : bin
  })
}
