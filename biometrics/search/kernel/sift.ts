import { commonPositions, differingBits } from './count.ts'
import {
  COLUMNS,
  LEAST_COMMON_POSITIONS,
  RECORD,
  SETS,
  STRIDE,
  SYMBOLS,
  TABLE,
  TURNS,
} from './layout.ts'
import { usablePositions } from './score.ts'

/** Records whose sums are kept at a time: their symbols stay in the second cache. */
const BATCH: usize = 64
/** Bytes of a record's sums: 32 lanes of 16 bits. */
const SUMS: usize = 64

/**
 * Lists in `found` the records of `count` that may lie at or below masked / (2 step):
 * step x differing <= masked x common at some turn. None that does is left out. Turns 0..31 are
 * the lanes of two vectors and come from the tables; turn 32 is counted. `sums` is 4,096 bytes.
 */
export function sift(
  records: usize,
  symbols: usize,
  count: usize,
  probe: usize,
  tables: usize,
  sums: usize,
  step: u32,
  masked: u32,
  found: usize,
): u32 {
  let n: usize = 0
  for (let first: usize = 0; first < count; first += BATCH) {
    const end = min<usize>(first + BATCH, count)
    memory.fill(sums, 0, SUMS * (end - first))
    for (let set: usize = 0; set < SETS; set++) {
      let at = sums
      for (let i = first; i < end; i++, at += SUMS) {
        addSet(symbols + SYMBOLS * i + COLUMNS * set, tables + TABLE * set, at)
      }
    }
    let at = sums
    for (let i = first; i < end; i++, at += SUMS) {
      const record = records + RECORD * i
      if (!isSumBelow(at, masked) && !isLastTurnBelow(record, probe, step, masked)) continue
      // What has too little usable sums up to nothing: a tombstone, an absent eye.
      if (usablePositions(record) < LEAST_COMMON_POSITIONS) continue
      store<u32>(found + 4 * n, <u32>i)
      n++
    }
  }
  return <u32>n
}

function isSumBelow(sums: usize, masked: u32): bool {
  // What a sum is where nothing differs more than it may; sums are kept modulo 2^16.
  const zero = i16x8.splat(<i16>(3 * <u32>SYMBOLS * masked))
  const none = i16x8.splat(0)
  const a = i16x8.le_s(i16x8.sub(v128.load(sums), zero), none)
  const b = i16x8.le_s(i16x8.sub(v128.load(sums, 16), zero), none)
  const c = i16x8.le_s(i16x8.sub(v128.load(sums, 32), zero), none)
  const d = i16x8.le_s(i16x8.sub(v128.load(sums, 48), zero), none)
  return v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))
}

function isLastTurnBelow(record: usize, probe: usize, step: u32, masked: u32): bool {
  const at = probe + 4 * (TURNS - 1)
  return step * differingBits(record, at) <= masked * commonPositions(record, at)
}

/** Adds 256 columns of one set to a record's sums, eight columns between widenings. */
function addSet(symbols: usize, tables: usize, sums: usize): void {
  let a = v128.load(sums)
  let b = v128.load(sums, 16)
  let c = v128.load(sums, 32)
  let d = v128.load(sums, 48)
  let s = symbols
  let t = tables
  for (const end = symbols + COLUMNS; s < end; s += 8, t += 8) {
    let p = t + STRIDE * <usize>load<u8>(s)
    let low = v128.load(p)
    let high = v128.load(p, 16)
    p = t + STRIDE * <usize>load<u8>(s, 1)
    low = i8x16.add(low, v128.load(p, 1))
    high = i8x16.add(high, v128.load(p, 17))
    p = t + STRIDE * <usize>load<u8>(s, 2)
    low = i8x16.add(low, v128.load(p, 2))
    high = i8x16.add(high, v128.load(p, 18))
    p = t + STRIDE * <usize>load<u8>(s, 3)
    low = i8x16.add(low, v128.load(p, 3))
    high = i8x16.add(high, v128.load(p, 19))
    p = t + STRIDE * <usize>load<u8>(s, 4)
    low = i8x16.add(low, v128.load(p, 4))
    high = i8x16.add(high, v128.load(p, 20))
    p = t + STRIDE * <usize>load<u8>(s, 5)
    low = i8x16.add(low, v128.load(p, 5))
    high = i8x16.add(high, v128.load(p, 21))
    p = t + STRIDE * <usize>load<u8>(s, 6)
    low = i8x16.add(low, v128.load(p, 6))
    high = i8x16.add(high, v128.load(p, 22))
    p = t + STRIDE * <usize>load<u8>(s, 7)
    low = i8x16.add(low, v128.load(p, 7))
    high = i8x16.add(high, v128.load(p, 23))
    a = i16x8.add(a, i16x8.extend_low_i8x16_u(low))
    b = i16x8.add(b, i16x8.extend_high_i8x16_u(low))
    c = i16x8.add(c, i16x8.extend_low_i8x16_u(high))
    d = i16x8.add(d, i16x8.extend_high_i8x16_u(high))
  }
  v128.store(sums, a)
  v128.store(sums, b, 16)
  v128.store(sums, c, 32)
  v128.store(sums, d, 48)
}
