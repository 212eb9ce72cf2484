import type { Contour, PolarEdges } from './contour.ts'
import { type Kernel, kernelFor } from './kernel.ts'
import type { LimbusCandidate } from './limbus.ts'
import type { Circle, PupilCandidate } from './pupil.ts'
import type { Raster } from './raster.ts'
import type { Ring } from './ring.ts'

/*
 * Calls of the kernel that seek and fit circles, each with the arguments of its twin in TypeScript, which computes where these
 * return undefined.
 */

/** What makes a circle a pupil; see pupil.ts. */
export type PupilRules = {
  readonly contrast: number
  readonly brightest: number
  readonly leastScore: number
  /** How many of the best circles are wanted. */
  readonly wanted: number
}

/**
 * Circles in any order, the best that are wanted among them; twin: `clearestEdges` of pupil.ts. The
 * ring has a multiple of 8 directions.
 */
export function kernelPupilCircles(
  { width, height, data }: Raster,
  ring: Ring,
  rules: PupilRules,
): PupilCandidate[] | undefined {
  const angles = ring.cos.length
  const places = (width >> 1) * (height >> 1) + 1
  const room = 16 * angles + 6152
  const kernel = kernelFor(4 * data.length + 28 * angles + room + 32 * places)
  if (!kernel || !isAddressable(data)) return undefined
  const out = kernel.room(32 * places)
  const count = kernel.run.pupilCircles(
    kernel.put(data),
    width,
    height,
    putRing(kernel, ring),
    putRoughs(kernel, [ring]),
    angles,
    rules.contrast,
    rules.brightest,
    rules.leastScore,
    rules.wanted,
    kernel.room(room),
    out,
  )
  const found = kernel.doubles(out, 4 * count)
  return Array.from({ length: count }, (_, i) => {
    const [x, y, radius, score] = found.subarray(4 * i, 4 * i + 4) as unknown as Quad
    return { x, y, radius, score }
  })
}

type Quad = readonly [number, number, number, number]

/** Centres that are looked at for one radius: 7 x 9, and some more should a sum be rounded down. */
const MOST_CENTRES = 80

/**
 * The best circle around a pupil for each radius from `least` to `most` by 2; twin: `bestCentre` of
 * limbus.ts. Both rings have equally many directions.
 */
export function kernelLimbusCircles(
  { width, height, data }: Raster,
  pupil: Circle,
  [least, most]: readonly [number, number],
  contrast: number,
  [left, right]: readonly [Ring, Ring],
): LimbusCandidate[] | undefined {
  const radii: number[] = []
  for (let radius = least; radius <= most; radius += 2) radii.push(radius)
  const angles = right.cos.length
  const quads = (angles + 3) >> 2
  const rings = 32 * (angles + 1) + 96 * quads
  const samples = 64 * quads * (MOST_CENTRES + 1)
  const out = 24 * radii.length
  const kernel = kernelFor(4 * data.length + rings + 40 * MOST_CENTRES + samples + out)
  if (!kernel || !isAddressable(data)) return undefined
  const circles = kernel.room(out)
  kernel.run.limbusCircles(
    kernel.put(data),
    width,
    height,
    pupil.x,
    pupil.y,
    pupil.radius,
    least,
    radii.length,
    contrast,
    putRing(kernel, right),
    putRing(kernel, left),
    angles,
    putRoughs(kernel, [right, left]),
    quads,
    kernel.room(40 * MOST_CENTRES),
    kernel.room(samples),
    circles,
  )
  const found = kernel.doubles(circles, 3 * radii.length)
  return radii.map((radius, i) => {
    const [x, y, score] = found.subarray(3 * i, 3 * i + 3) as unknown as Quad
    return { x, y, radius, score }
  })
}

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
    putRing(kernel, ring),
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

/** Two cosines, then their two sines, and so on; the last direction fills the last pair. */
function putRing(kernel: Kernel, { cos, sin }: Ring): number {
  const pairs = new Float64Array(4 * ((cos.length + 1) >> 1))
  for (let at = 0; at < pairs.length; at++) {
    const direction = Math.min(cos.length - 1, 2 * (at >> 2) + (at & 1))
    pairs[at] = (at & 2 ? sin : cos)[direction] as number
  }
  return kernel.put(pairs)
}

/** Four cosines, their four sines and 1 for each direction that counts, and so on, for each ring. */
function putRoughs(kernel: Kernel, rings: readonly Ring[]): number {
  const roughs = rings.flatMap(({ cos, sin }) =>
    Array.from({ length: 12 * ((cos.length + 3) >> 2) }, (_, at) => {
      const direction = 4 * Math.floor(at / 12) + (at & 3)
      const values = [cos, sin, undefined][Math.floor((at % 12) / 4)]
      if (values) return values[Math.min(cos.length - 1, direction)] as number
      return direction < cos.length ? 1 : 0
    }),
  )
  return kernel.put(Float32Array.from(roughs))
}

/** Whether a pixel's place is a whole number in single precision with room to spare. */
function isAddressable(data: Float32Array): boolean {
  return data.length < 2 ** 22
}
