import type { Ring } from './ring.ts'

/*
 * Rings as the kernel reads them. A ring is one of a few constants, so what is made of it is kept.
 */

const PAIRS = new WeakMap<Ring, Float64Array>()
const ROUGHS = new WeakMap<Ring, Float32Array>()

/** Two cosines, then their two sines, and so on; the last direction fills the last pair. */
export function pairsOf(ring: Ring): Float64Array {
  return kept(PAIRS, ring, ({ cos, sin }) => {
    return Float64Array.from({ length: 4 * ((cos.length + 1) >> 1) }, (_, at) => {
      const direction = Math.min(cos.length - 1, 2 * (at >> 2) + (at & 1))
      return (at & 2 ? sin : cos)[direction] as number
    })
  })
}

/** In single precision: four cosines, their sines and 1 for each direction that counts, and so on. */
export function roughsOf(ring: Ring): Float32Array {
  return kept(ROUGHS, ring, ({ cos, sin }) => {
    return Float32Array.from({ length: 12 * ((cos.length + 3) >> 2) }, (_, at) => {
      const direction = 4 * Math.floor(at / 12) + (at & 3)
      const values = [cos, sin, undefined][Math.floor((at % 12) / 4)]
      if (values) return values[Math.min(cos.length - 1, direction)] as number
      return direction < cos.length ? 1 : 0
    })
  })
}

function kept<T>(made: WeakMap<Ring, T>, ring: Ring, make: (ring: Ring) => T): T {
  const known = made.get(ring)
  if (known !== undefined) return known
  const value = make(ring)
  made.set(ring, value)
  return value
}
