/** A deterministic stream of numbers for simulators; never for keys or nonces of a real device. */
export type Random = {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, bound). */
  int(bound: number): number
  /** Uniform in [low, high). */
  between(low: number, high: number): number
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number
}

/** The stream named by one or more seeds; equal seeds give equal streams, order matters. */
export function createRandom(...seeds: readonly number[]): Random {
  let [a, b, c, d] = expand(seeds)
  // sfc32 (Doty-Humphrey, PractRand): 128 bits of state, 32 bits out.
  const word = (): number => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) word()
  const next = (): number => word() / 0x1_00_00_00_00
  let spare: number | undefined
  return {
    next,
    int: (bound) => Math.floor(next() * bound),
    between: (low, high) => low + (high - low) * next(),
    normal: () => {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()))
      const angle = 2 * Math.PI * next()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
  }
}

/** Bytes from a stream. */
export function bytesOf(random: Random): (lengthBytes: number) => Uint8Array {
  return (lengthBytes) => Uint8Array.from({ length: lengthBytes }, () => random.int(256))
}

/** A 32-bit seed for a name (FNV-1a), so that scenarios can speak of `resident-7`. */
export function seedOf(name: string): number {
  let hash = 0x81_1c_9d_c5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01_00_01_93)
  return hash >>> 0
}

function expand(seeds: readonly number[]): [number, number, number, number] {
  const state: [number, number, number, number] = [0x9e_37_79_b9, 0x24_3f_6a_88, 0xb7_e1_51_62, 1]
  for (const seed of seeds) {
    // A seed may exceed 32 bits: both halves count.
    for (const part of [seed >>> 0, Math.floor(seed / 0x1_00_00_00_00) >>> 0]) {
      state[0] = mix(state[0] ^ part)
      state[1] = mix(state[1] + state[0])
      state[2] = mix(state[2] ^ state[1])
    }
  }
  return state
}

function mix(value: number): number {
  let z = (value + 0x9e_37_79_b9) | 0
  z = Math.imul(z ^ (z >>> 16), 0x85_eb_ca_6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2_b2_ae_35)
  return z ^ (z >>> 16)
}
