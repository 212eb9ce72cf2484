import { kernelFor } from './kernel.ts'
import type { Lid, Lids } from './lids.ts'
import type { Raster } from './raster.ts'

/*
 * Calls of the kernel for the unrolled iris, each with the arguments of its twin in TypeScript, which
 * computes where these return undefined. Sheets are rows of an even number of columns that close on
 * themselves.
 */

/** Where each column of a sheet lies: it starts at (x, y) and goes by (across, down). */
export type SheetLines = {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly across: Float64Array
  readonly down: Float64Array
}

/** Values along lines in `rows` steps; twin: `unroll` of unroll.ts. */
export function kernelUnroll(
  { width, height, data }: Raster,
  factor: number,
  { x, y, across, down }: SheetLines,
  rows: number,
): Float32Array | undefined {
  const columns = x.length
  const kernel = kernelFor(4 * data.length + 32 * columns + 48 * rows + 4 * rows * columns)
  if (!kernel) return undefined
  const out = kernel.room(4 * rows * columns)
  const room = kernel.room(48 * rows)
  // What is put next to each other lies next to each other.
  const lines = kernel.put(x)
  for (const rest of [y, across, down]) kernel.put(rest)
  kernel.run.unrolled(kernel.put(data), width, height, factor, lines, rows, columns, room, out)
  return kernel.floats(out, rows * columns)
}

/** 1 for each cell in the raster that neither a lid nor a glint covers; twin: `usableCells` of unroll.ts. */
export function kernelUsableCells(
  { x, y, across, down }: SheetLines,
  rows: number,
  lids: Lids,
  { width, height, data }: Raster,
): Uint8Array | undefined {
  const columns = x.length
  const kernel = kernelFor(4 * data.length + 32 * columns + 96 + rows * columns)
  if (!kernel) return undefined
  const out = kernel.room(rows * columns)
  const lines = kernel.put(x)
  for (const rest of [y, across, down]) kernel.put(rest)
  const parabolas = kernel.put(
    Float64Array.from([...figuresOf(lids.upper), ...figuresOf(lids.lower)]),
  )
  kernel.run.usableCells(lines, rows, columns, kernel.put(data), width, height, parabolas, out)
  return kernel.bytes(out, rows * columns)
}

function figuresOf(lid: Lid | undefined): readonly number[] {
  return lid ? [lid.x, lid.y, lid.radius, lid.top, lid.bend, lid.tilt] : [0, 0, 0, 0, 0, 0]
}

/** Deviations from a window's mean in its own units; twin: `normalise` of gabor.ts. */
export function kernelNormalise(
  values: Float32Array,
  weights: Float32Array,
  columns: number,
  [reachRows, reachColumns]: readonly [number, number],
): Float32Array | undefined {
  const rows = values.length / columns
  const room = 24 * values.length + 8 * columns
  const kernel = kernelFor(12 * values.length + room)
  if (!kernel) return undefined
  const out = kernel.room(4 * values.length)
  kernel.run.normalise(
    kernel.put(values),
    kernel.put(weights),
    rows,
    columns,
    reachRows,
    reachColumns,
    kernel.room(room),
    out,
  )
  return kernel.floats(out, values.length)
}

/** Weighed means around `kept` rows; twin: `smoothRows` of gabor.ts. */
export function kernelSmoothRows(
  data: Float32Array,
  columns: number,
  weights: Float32Array,
  kept: number,
): Float32Array | undefined {
  const kernel = kernelFor(4 * data.length + 4 * weights.length + 4 * kept * columns)
  if (!kernel) return undefined
  const out = kernel.room(4 * kept * columns)
  const rows = data.length / columns
  const from = kernel.put(data)
  kernel.run.smoothRows(from, rows, columns, kernel.put(weights), weights.length, kept, out)
  return kernel.floats(out, kept * columns)
}

/** Rows correlated with weights at every second column; twin: `convolveRows` of gabor.ts. */
export function kernelConvolveRows(
  data: Float32Array,
  columns: number,
  weights: Float32Array,
): Float32Array | undefined {
  const room = 8 * (columns + weights.length + 16)
  const kernel = kernelFor(6 * data.length + 8 * weights.length + room)
  if (!kernel) return undefined
  const out = kernel.room(2 * data.length)
  kernel.run.convolveRows(
    kernel.put(data),
    data.length / columns,
    columns,
    kernel.put(new Float64Array(weights)),
    weights.length,
    kernel.room(room),
    out,
  )
  return kernel.floats(out, data.length / 2)
}
