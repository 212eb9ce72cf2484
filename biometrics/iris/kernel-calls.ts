import { kernelFor } from './kernel.ts'
import type { Raster } from './raster.ts'

/*
 * Calls of the kernel, each with the arguments of its twin in TypeScript, which computes where these
 * return undefined.
 */

/** A raster correlated with `weights` along rows, then along columns; twin: `blur` of raster.ts. */
export function kernelBlur(
  { width, height, data }: Raster,
  weights: Float64Array,
): Float32Array | undefined {
  const row = 8 * (width + weights.length + 8)
  const kernel = kernelFor(16 * data.length + 8 * weights.length + row)
  if (!kernel) return undefined
  const out = kernel.room(4 * data.length)
  kernel.run.blur(
    kernel.put(data),
    width,
    height,
    kernel.put(weights),
    weights.length,
    kernel.room(row),
    kernel.room(8 * data.length),
    out,
  )
  return kernel.floats(out, data.length)
}

/** Extremes of squares; twin: `extremeFilter` of extremes.ts. */
export function kernelExtremes(
  { width, height, data }: Raster,
  reach: number,
  sign: 1 | -1,
): Float32Array | undefined {
  const row = 4 * (width + 2 * reach + 16)
  const plane = 4 * (width * (height + 2 * reach) + 16)
  const kernel = kernelFor(8 * data.length + row + plane + 32)
  if (!kernel) return undefined
  const out = kernel.room(4 * data.length + 32)
  const flip = sign < 0 ? 0x80_00_00_00 : 0
  kernel.run.extremes(
    kernel.put(data),
    width,
    height,
    reach,
    flip,
    kernel.room(row),
    kernel.room(plane),
    out,
  )
  return kernel.floats(out, data.length)
}
