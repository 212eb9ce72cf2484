import { cosSinOfTurn } from './arithmetic.ts'
import { kernelSampleRings } from './kernel-search.ts'
import type { Raster } from './raster.ts'

/** Directions of unit length around a centre, for sampling many at once. */
export type Ring = { readonly cos: Float64Array; readonly sin: Float64Array }

/** The directions at the given turns (1 = 360°), from +x towards +y. */
export function ringOf(turns: readonly number[]): Ring {
  const pairs = turns.map(cosSinOfTurn)
  return {
    cos: Float64Array.from(pairs, ([cos]) => cos),
    sin: Float64Array.from(pairs, ([, sin]) => sin),
  }
}

/**
 * Values at one distance from (x, y) in the ring's directions `from` to `to`, into the same places
 * of `out`: what `sample` gives, without a call and a boxed number each.
 */
export function sampleRing(
  raster: Raster,
  x: number,
  y: number,
  radius: number,
  { cos, sin }: Ring,
  out: Float64Array,
  from = 0,
  to: number = cos.length,
): void {
  const { width, height, data } = raster
  const right = width - 1.001
  const bottom = height - 1.001
  for (let i = from; i < to; i++) {
    const px = x + (cos[i] as number) * radius
    const py = y + (sin[i] as number) * radius
    const cx = px < 0 ? 0 : px > right ? right : px
    const cy = py < 0 ? 0 : py > bottom ? bottom : py
    const left = cx | 0
    const top = cy | 0
    const fx = cx - left
    const fy = cy - top
    const at = top * width + left
    const upper = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx
    const lower = (data[at + width] as number) * (1 - fx) + (data[at + width + 1] as number) * fx
    out[i] = upper * (1 - fy) + lower * fy
  }
}

/** Values on circles (x, y and radius of each) in the ring's directions, circle by circle. */
export function sampleRings(raster: Raster, circles: Float64Array, ring: Ring): Float64Array {
  const sampled = kernelSampleRings(raster, circles, ring)
  if (sampled) return sampled
  const angles = ring.cos.length
  const out = new Float64Array((circles.length / 3) * angles)
  for (let k = 0; 3 * k < circles.length; k++) {
    const [x, y, radius] = circles.subarray(3 * k, 3 * k + 3) as unknown as Triple
    sampleRing(raster, x, y, radius, ring, out.subarray(k * angles, (k + 1) * angles))
  }
  return out
}

type Triple = readonly [number, number, number]
