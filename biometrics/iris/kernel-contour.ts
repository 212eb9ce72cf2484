import type { Contour, PolarEdges } from './contour.ts'
import type { ProbableMiddle } from './fourier.ts'
import { kernelFor } from './kernel.ts'
import { pairsOf } from './kernel-rings.ts'
import type { Raster } from './raster.ts'
import type { Ring } from './ring.ts'

/*
 * Calls of the kernel that fit contours, each with the arguments of its twin in TypeScript, which
 * computes where these return undefined.
 */

/**
 * Steps over `2 * half` pixels around a centre for radii every `step` pixels, less their shading
 * where `isSole`; twin: `polarEdges` of contour.ts with `sampleRing` or `soleSteps`.
 */
export function kernelPolarEdges(
  { width, height, data }: Raster,
  { x, y }: Pick<Contour, 'x' | 'y'>,
  [least, most]: readonly [number, number],
  step: number,
  half: number,
  isSole: boolean,
  ring: Ring,
): PolarEdges | undefined {
  const count = Math.max(2, Math.ceil((most - least) / step) + 1)
  const angles = ring.cos.length
  const kernel = kernelFor(4 * data.length + 56 * (angles + 1) + 4 * (angles + 1) * count)
  if (!kernel) return undefined
  const edges = kernel.room(4 * (angles + 1) * count)
  kernel.run.polarSteps(
    kernel.put(data),
    width,
    height,
    x,
    y,
    least,
    step,
    count,
    half,
    isSole ? 1 : 0,
    kernel.put(pairsOf(ring)),
    (angles + 1) >> 1,
    kernel.room(40 * (angles + 1)),
    edges,
  )
  return { least, step, count, edges: kernel.floats(edges, angles * count) }
}

/** Columns of the best closed path; twin: `bestClosedPath` of contour.ts. */
export function kernelBestPath(
  { count, edges }: PolarEdges,
  most: number,
  bend: number,
): Int32Array | undefined {
  const angles = edges.length / count
  const moves = 8 * angles * (count + 2)
  const kernel = kernelFor(4 * edges.length + 16 * (count + 6) + moves + 4 * angles + 16)
  if (!kernel) return undefined
  const columns = kernel.room(4 * angles)
  kernel.run.bestPath(
    kernel.put(edges),
    angles,
    count,
    most,
    bend,
    kernel.room(16 * (count + 6)),
    kernel.room(moves),
    columns,
  )
  return kernel.wholes(columns, angles)
}

/** A contour's terms: 1, cosine and sine of each harmonic, in rows for each direction. */
export type FourierBases = { readonly values: Float64Array; readonly stride: number }

/** Radii as a smooth series of `order` harmonics; twin: `fourierFit` of fourier.ts. */
export function kernelFourierFit(
  radii: Float32Array,
  weights: Float32Array,
  bases: FourierBases,
  order: number,
  stiffness: number,
  middle: ProbableMiddle | undefined,
): Float32Array | undefined {
  const angles = radii.length
  const terms = 2 * order + 1
  const room = 8 * (terms + 3) * (angles + terms)
  const kernel = kernelFor(12 * angles + bases.values.byteLength + room + 32)
  if (!kernel) return undefined
  const out = kernel.room(4 * angles)
  kernel.run.fourierFit(
    kernel.put(radii),
    kernel.put(weights),
    kernel.put(bases.values),
    angles,
    bases.stride,
    terms,
    stiffness,
    middle
      ? kernel.put(Float64Array.of(middle.dx, middle.dy, middle.weightAcross, middle.weightDown))
      : 0,
    kernel.room(room),
    out,
  )
  return kernel.floats(out, angles)
}

/** A contour around its own middle; twin: `recentre` of contour.ts. */
export function kernelRecentre({ x, y, radii }: Contour, ring: Ring): Contour | undefined {
  const angles = radii.length
  const kernel = kernelFor(24 * angles + 16)
  if (!kernel) return undefined
  const centre = kernel.put(Float64Array.of(x, y))
  const moved = kernel.put(radii)
  kernel.run.recentre(moved, kernel.put(pairsOf(ring)), angles, kernel.room(4 * angles), centre)
  const [newX, newY] = kernel.doubles(centre, 2) as unknown as readonly [number, number]
  return { x: newX, y: newY, radii: kernel.floats(moved, angles) }
}
