import { kernelFor } from './kernel.ts'
import { pairsOf, roughsOf } from './kernel-rings.ts'
import type { LimbusCandidate } from './limbus.ts'
import type { Circle, PupilCandidate } from './pupil.ts'
import type { Raster } from './raster.ts'
import type { Ring } from './ring.ts'

/*
 * Calls of the kernel that seek circles, each with the arguments of its twin in TypeScript, which computes where these
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
 * Circles in any order, the best that are wanted among them; twin: `clearestEdges` of pupil.ts. For
 * rings with a multiple of 8 directions.
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
  if (!kernel || !isAddressable(data) || angles % 8 !== 0) return undefined
  const out = kernel.room(32 * places)
  const count = kernel.run.pupilCircles(
    kernel.put(data),
    width,
    height,
    kernel.put(pairsOf(ring)),
    kernel.put(roughsOf(ring)),
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
/** Bytes of a centre in kernel/limbus.ts. */
const CENTRE = 48

/**
 * For each contrast the best circles around a pupil, one for each radius from `least` to `most` by 2;
 * twin: `bestCentre` of limbus.ts. Both rings have equally many directions.
 */
export function kernelLimbusCircles(
  { width, height, data }: Raster,
  pupil: Circle,
  [least, most]: readonly [number, number],
  contrasts: readonly number[],
  [left, right]: readonly [Ring, Ring],
): LimbusCandidate[][] | undefined {
  const radii: number[] = []
  for (let radius = least; radius <= most; radius += 2) radii.push(radius)
  const angles = right.cos.length
  const quads = (angles + 3) >> 2
  const rings = 32 * (angles + 1) + 96 * quads
  const samples = (128 * quads + 16 * (angles + 1)) * MOST_CENTRES + 64 * (angles + 1)
  const out = 32 * radii.length * contrasts.length
  const kernel = kernelFor(4 * data.length + rings + CENTRE * MOST_CENTRES + samples + out)
  if (!kernel || !isAddressable(data)) return undefined
  const circles = kernel.room(24 * radii.length * contrasts.length)
  // What is put next to each other lies next to each other.
  const roughs = kernel.put(roughsOf(right))
  kernel.put(roughsOf(left))
  kernel.run.limbusCircles(
    kernel.put(data),
    width,
    height,
    pupil.x,
    pupil.y,
    pupil.radius,
    least,
    radii.length,
    kernel.put(Float64Array.from(contrasts)),
    contrasts.length,
    kernel.put(pairsOf(right)),
    kernel.put(pairsOf(left)),
    angles,
    roughs,
    quads,
    kernel.room(CENTRE * MOST_CENTRES),
    kernel.room(samples),
    circles,
  )
  const found = kernel.doubles(circles, 3 * radii.length * contrasts.length)
  return contrasts.map((_, k) =>
    radii.map((radius, i) => {
      const at = 3 * (k * radii.length + i)
      const [x, y, score] = found.subarray(at, at + 3) as unknown as Quad
      return { x, y, radius, score }
    }),
  )
}

/**
 * Values on circles (x, y and radius of each) in all directions of a ring, circle by circle; twin:
 * `sampleRings` of ring.ts.
 */
export function kernelSampleRings(
  { width, height, data }: Raster,
  circles: Float64Array,
  ring: Ring,
): Float64Array | undefined {
  const angles = ring.cos.length
  const count = circles.length / 3
  if (angles % 2 === 1) return undefined
  const bytes = 8 * angles * count
  const kernel = kernelFor(4 * data.length + 24 * count + 16 * angles + bytes)
  if (!kernel) return undefined
  const out = kernel.room(bytes)
  const from = kernel.put(data)
  const places = kernel.put(circles)
  kernel.run.sampleRings(
    from,
    width,
    height,
    places,
    count,
    kernel.put(pairsOf(ring)),
    angles >> 1,
    out,
  )
  return kernel.doubles(out, angles * count)
}

/** Whether a pixel's place is a whole number in single precision with room to spare. */
function isAddressable(data: Float32Array): boolean {
  return data.length < 2 ** 22
}
