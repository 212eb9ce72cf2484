import { PLANE, PROBE_PLANE } from './layout.ts'

/** Sum of sixteen bytes. */
function sumOfBytes(bytes: v128): u32 {
  return sumOfShorts(i16x8.extadd_pairwise_i8x16_u(bytes))
}

/** Sum of eight unsigned 16-bit lanes. */
function sumOfShorts(shorts: v128): u32 {
  const words = i32x4.extadd_pairwise_i16x8_u(shorts)
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(words), i64x2.extend_high_i32x4_u(words))
  return <u32>(i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1))
}

function majority(a: v128, b: v128, aXorB: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(aXorB, c))
}

/**
 * Differing code bits of a record and a probe at one turn; `probe` is already moved by 4 bytes a
 * turn. Carry-save adders (Harley and Seal) leave one population count for eight vectors.
 */
export function differingBits(record: usize, probe: usize): u32 {
  if (!ASC_FEATURE_SIMD) return differingScalar(record, probe)
  let ones = i8x16.splat(0)
  let twos = ones
  let fours = ones
  let eights = ones
  for (let k: usize = 0; k < PLANE; k += 64) {
    const r = record + k
    const p = probe + k
    let mask = v128.and(v128.load(r, 2 * PLANE), v128.load(p, 2 * PROBE_PLANE))
    let re = v128.and(v128.xor(v128.load(r), v128.load(p)), mask)
    let im = v128.and(v128.xor(v128.load(r, PLANE), v128.load(p, PROBE_PLANE)), mask)
    let half = v128.xor(ones, re)
    let twosA = majority(ones, re, half, im)
    ones = v128.xor(half, im)
    mask = v128.and(v128.load(r, 2 * PLANE + 16), v128.load(p, 2 * PROBE_PLANE + 16))
    re = v128.and(v128.xor(v128.load(r, 16), v128.load(p, 16)), mask)
    im = v128.and(v128.xor(v128.load(r, PLANE + 16), v128.load(p, PROBE_PLANE + 16)), mask)
    half = v128.xor(ones, re)
    let twosB = majority(ones, re, half, im)
    ones = v128.xor(half, im)
    half = v128.xor(twos, twosA)
    const foursA = majority(twos, twosA, half, twosB)
    twos = v128.xor(half, twosB)
    mask = v128.and(v128.load(r, 2 * PLANE + 32), v128.load(p, 2 * PROBE_PLANE + 32))
    re = v128.and(v128.xor(v128.load(r, 32), v128.load(p, 32)), mask)
    im = v128.and(v128.xor(v128.load(r, PLANE + 32), v128.load(p, PROBE_PLANE + 32)), mask)
    half = v128.xor(ones, re)
    twosA = majority(ones, re, half, im)
    ones = v128.xor(half, im)
    mask = v128.and(v128.load(r, 2 * PLANE + 48), v128.load(p, 2 * PROBE_PLANE + 48))
    re = v128.and(v128.xor(v128.load(r, 48), v128.load(p, 48)), mask)
    im = v128.and(v128.xor(v128.load(r, PLANE + 48), v128.load(p, PROBE_PLANE + 48)), mask)
    half = v128.xor(ones, re)
    twosB = majority(ones, re, half, im)
    ones = v128.xor(half, im)
    half = v128.xor(twos, twosA)
    const foursB = majority(twos, twosA, half, twosB)
    twos = v128.xor(half, twosB)
    half = v128.xor(fours, foursA)
    eights = i8x16.add(eights, i8x16.popcnt(majority(fours, foursA, half, foursB)))
    fours = v128.xor(half, foursB)
  }
  const rest = i8x16.add(
    i8x16.add(i8x16.popcnt(ones), i8x16.shl(i8x16.popcnt(twos), 1)),
    i8x16.shl(i8x16.popcnt(fours), 2),
  )
  return 8 * sumOfBytes(eights) + sumOfBytes(rest)
}

/** Positions that are usable in both; `probe` is already moved by 4 bytes a turn. */
export function commonPositions(record: usize, probe: usize): u32 {
  if (!ASC_FEATURE_SIMD) return commonScalar(record, probe)
  let shorts = i16x8.splat(0)
  for (let k: usize = 0; k < PLANE; ) {
    let bytes = i8x16.splat(0)
    // A byte lane gains at most 8 a vector.
    for (const end = min<usize>(k + 16 * 31, PLANE); k < end; k += 16) {
      const both = v128.and(v128.load(record + k, 2 * PLANE), v128.load(probe + k, 2 * PROBE_PLANE))
      bytes = i8x16.add(bytes, i8x16.popcnt(both))
    }
    shorts = i16x8.add(shorts, i16x8.extadd_pairwise_i8x16_u(bytes))
  }
  return sumOfShorts(shorts)
}

/** As `differingBits`, 64 bits at a time. */
function differingScalar(record: usize, probe: usize): u32 {
  let count: u64 = 0
  for (let k: usize = 0; k < PLANE; k += 8) {
    const r = record + k
    const p = probe + k
    const mask = load<u64>(r, 2 * PLANE) & load<u64>(p, 2 * PROBE_PLANE)
    count += popcnt<u64>((load<u64>(r) ^ load<u64>(p)) & mask)
    count += popcnt<u64>((load<u64>(r, PLANE) ^ load<u64>(p, PROBE_PLANE)) & mask)
  }
  return <u32>count
}

/** As `commonPositions`, 64 bits at a time. */
function commonScalar(record: usize, probe: usize): u32 {
  let count: u64 = 0
  for (let k: usize = 0; k < PLANE; k += 8) {
    count += popcnt<u64>(load<u64>(record + k, 2 * PLANE) & load<u64>(probe + k, 2 * PROBE_PLANE))
  }
  return <u32>count
}
