import { kernelFor } from './kernel.ts'
import type { Raster } from './raster.ts'
import type { Despeckled } from './specular.ts'

/*
 * Calls of the kernel on whole images, each with the arguments of its twin in TypeScript, which
 * computes where these return undefined.
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

/** How levels are spread and what is a glint among them; see working.ts and specular.ts. */
export type GlintRules = {
  readonly low: number
  readonly gain: number
  readonly reach: number
  readonly level: number
  readonly contrast: number
}

/** Spread levels without glints; twin: `workingImage` of working.ts with `fillGlints`. */
export function kernelDespeckle(
  { width, height, data }: Raster,
  { low, gain, reach, level, contrast }: GlintRules,
): Despeckled | undefined {
  const most = Math.max(reach, 2)
  const row = 4 * (width + 2 * most + 16)
  const plane = 4 * (width * (height + 2 * most) + 16)
  const sheet = 4 * data.length + 32
  const kernel = kernelFor(4 * sheet + row + plane)
  if (!kernel) return undefined
  const [spread, glints, filled] = [kernel.room(sheet), kernel.room(sheet), kernel.room(sheet)]
  kernel.run.despeckle(
    kernel.put(data),
    width,
    height,
    low,
    gain,
    reach,
    level,
    contrast,
    kernel.room(row),
    kernel.room(plane),
    spread,
    glints,
    filled,
  )
  return {
    filled: { width, height, data: kernel.floats(filled, data.length) },
    glints: { width, height, data: kernel.floats(glints, data.length) },
  }
}

/** Old places under a new one, each with its share of it. */
export type Shares = readonly (readonly [place: number, share: number])[]

/** A raster scaled by the shares of its new columns and rows; twin: `resize` of raster.ts. */
export function kernelResize(
  { width, height, data }: Raster,
  columns: readonly Shares[],
  rows: readonly Shares[],
): Float32Array | undefined {
  const [newWidth, newHeight] = [columns.length, rows.length]
  const across = 4 * newWidth * (height + 2)
  const out = 4 * newWidth * newHeight + 16
  const [mostColumns, mostRows] = [mostOf(columns), mostOf(rows)]
  const tables = newWidth * (8 + 8 * mostColumns) + newHeight * (8 + 8 * mostRows)
  const kernel = kernelFor(4 * (data.length + width) + across + out + tables)
  if (!kernel) return undefined
  const from = kernel.put(data)
  // A row past an odd number of them is read along.
  kernel.room(4 * width)
  const between = kernel.room(across)
  const columnSpans = kernel.put(spansOf(columns))
  const columnShares = kernel.put(sharesOf(columns, mostColumns))
  kernel.run.resizeAcross(
    from,
    width,
    height,
    newWidth,
    columnSpans,
    columnShares,
    mostColumns,
    between,
  )
  const to = kernel.room(out)
  const rowSpans = kernel.put(spansOf(rows))
  const rowShares = kernel.put(sharesOf(rows, mostRows))
  kernel.run.resizeDown(between, newWidth, newHeight, rowSpans, rowShares, mostRows, to)
  return kernel.floats(to, newWidth * newHeight)
}

function mostOf(places: readonly Shares[]): number {
  return places.reduce((most, shares) => Math.max(most, shares.length), 1)
}

/** First old place of each new one, and how many. */
function spansOf(places: readonly Shares[]): Int32Array {
  return Int32Array.from(places.flatMap((shares) => [shares[0]?.[0] ?? 0, shares.length]))
}

/** Shares in rows of `most`. */
function sharesOf(places: readonly Shares[], most: number): Float64Array {
  const all = new Float64Array(most * places.length)
  places.forEach((shares, i) => {
    shares.forEach(([, share], k) => {
      all[i * most + k] = share
    })
  })
  return all
}
