import { COLUMNS, LEAST_COMMON_POSITIONS, PLANE, RECORD, STRIDE, TABLE, TURNS } from './layout.ts'
import { rowsAt, statesOf, tabulateRows } from './rows.ts'

/*
 * A sketch is what of a record is looked at first: symbols of three rows, as in symbols.ts, in two
 * parts, and how much is usable.
 *
 *   first   64 bytes    coarse rows 1, 5, 9 at columns 0, 8 …; coarse rows 3, 7, 11 at 4, 12 …
 *   second  128 bytes   the same rows at the columns between; fine rows 2, 6, 10 at 0, 4 …
 *   room    8 bytes     a quarter of the usable positions of each four rows, at most 255
 *
 * The first part is compared at every other turn, 16 of them in one vector, the second at all.
 */

const FIRST: usize = 64
const SECOND: usize = 128
const ROOM: usize = 8
const HALF: usize = 32
/** Bytes of a row of the table for every other turn: the probe's odd words. */
const ODD_STRIDE: usize = 160
const ODD_TABLE: usize = 20_000
const COARSE_A: u32 = 1 | (5 << 8) | (9 << 16)
const COARSE_B: u32 = 3 | (7 << 8) | (11 << 16)
const FINE: u32 = 18 | (22 << 8) | (26 << 16)

/** Writes the sketches of `count` records. */
export function sketch(
  records: usize,
  count: usize,
  first: usize,
  second: usize,
  room: usize,
): void {
  for (let i: usize = 0; i < count; i++) {
    const record = records + RECORD * i
    sketchRows(record, COARSE_A, 0, first + FIRST * i, 2)
    sketchRows(record, COARSE_B, 1, first + FIRST * i + HALF, 2)
    sketchRows(record, COARSE_A, 1, second + SECOND * i, 2)
    sketchRows(record, COARSE_B, 0, second + SECOND * i + HALF, 2)
    sketchRows(record, FINE, 0, second + SECOND * i + 2 * HALF, 1)
    roomOf(record + 2 * PLANE, room + ROOM * i)
  }
}

/** Symbols of the columns 4 x (start + k x every). */
function sketchRows(record: usize, rows: u32, start: usize, out: usize, every: usize): void {
  let at = out
  for (let quad = start; quad < COLUMNS / 4; quad += every, at++) {
    const k = record + 16 * quad
    const re = v128.load32_zero(k)
    const im = v128.load32_zero(k, PLANE)
    const mask = v128.load32_zero(k, 2 * PLANE)
    const first = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 0)), 0)
    const second = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 1)), 0)
    const third = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 2)), 0)
    store<u8>(at, first + 5 * second + 25 * third)
  }
}

/** Writes the room of the half mask plane at `mask`. */
export function roomOf(mask: usize, out: usize): void {
  for (let group: u32 = 0; group < <u32>ROOM; group++) {
    let count: u32 = 0
    for (let k: usize = 0; k < PLANE; k += 4) {
      count += popcnt<u32>((load<u32>(mask + k) >> (4 * group)) & 0xf)
    }
    store<u8>(out + group, min<u32>(count / 4, 0xff))
  }
}

/**
 * Writes what a probe is skimmed with: tables for the turns 1, 3 … 31 of the first part's two sets
 * of rows (20,000 bytes each), then for the turns 0 … 32 of all three sets (38,000 bytes each).
 */
export function tabulateSketch(
  probe: usize,
  tables: usize,
  step: u32,
  masked: u32,
  bases: usize,
): void {
  const wide = tables + 2 * ODD_TABLE
  tabulateRows(probe, COARSE_A, wide, step, masked, bases)
  tabulateRows(probe, COARSE_B, wide + TABLE, step, masked, bases)
  tabulateRows(probe, FINE, wide + 2 * TABLE, step, masked, bases)
  for (let set: usize = 0; set < 2; set++) {
    for (let symbol: usize = 0; symbol < 125; symbol++) {
      const from = wide + TABLE * set + STRIDE * symbol
      const to = tables + ODD_TABLE * set + ODD_STRIDE * symbol
      for (let j: usize = 0; j < STRIDE / 2; j++) store<u8>(to + j, load<u8>(from + 2 * j, 1))
    }
  }
}

/**
 * Lists in `found` the records of `count` whose sketch is at or below both limits at some turn:
 * step x differing - masked x common of the first part, then of both.
 */
export function skim(
  first: usize,
  second: usize,
  count: usize,
  tables: usize,
  masked: u32,
  firstLimit: i32,
  secondLimit: i32,
  found: usize,
): u32 {
  let n: usize = 0
  const zero = i16x8.splat(<i16>(firstLimit + 3 * <i32>FIRST * <i32>masked))
  const wide = tables + 2 * ODD_TABLE
  const all = secondLimit + 3 * <i32>(FIRST + SECOND) * <i32>masked
  for (let i: usize = 0; i < count; i++) {
    const symbols = first + FIRST * i
    let low = i16x8.splat(0)
    let high = low
    let t = tables
    for (let s = symbols; s < symbols + FIRST; s += 8) {
      // Columns 8 apart are 4 odd words apart; the second set starts at column 4.
      if (s === symbols + HALF) t = tables + ODD_TABLE + 2
      let sum = v128.load(t + ODD_STRIDE * <usize>load<u8>(s))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 1), 4))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 2), 8))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 3), 12))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 4), 16))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 5), 20))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 6), 24))
      sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 7), 28))
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(sum))
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(sum))
      t += 32
    }
    const isBelow = v128.or(i16x8.le_s(low, zero), i16x8.le_s(high, zero))
    if (!v128.any_true(isBelow)) continue
    const others = second + SECOND * i
    const isFound =
      isSecondBelow(symbols, others, wide, all) ||
      // Turn 32 has no lane: it is looked at where its neighbour was good.
      (i16x8.extract_lane_s(high, 7) <= i16x8.extract_lane_s(zero, 0) &&
        isLastBelow(symbols, others, wide, all))
    if (!isFound) continue
    store<u32>(found + 4 * n, <u32>i)
    n++
  }
  return <u32>n
}

/** Sums both parts at the turns 0 … 31; `limit` counts the tables' bias in. */
function isSecondBelow(first: usize, second: usize, tables: usize, limit: i32): bool {
  let a = i16x8.splat(0)
  let b = a
  let c = a
  let d = a
  for (let k: usize = 0; k < 16; k++) {
    const s = eightAt(first, second, k)
    const t = tables + startOf(k)
    let p = t + STRIDE * <usize>load<u8>(s)
    let low = v128.load(p)
    let high = v128.load(p, 16)
    p = t + STRIDE * <usize>load<u8>(s, 1)
    low = i8x16.add(low, v128.load(p, 8))
    high = i8x16.add(high, v128.load(p, 24))
    p = t + STRIDE * <usize>load<u8>(s, 2)
    low = i8x16.add(low, v128.load(p, 16))
    high = i8x16.add(high, v128.load(p, 32))
    p = t + STRIDE * <usize>load<u8>(s, 3)
    low = i8x16.add(low, v128.load(p, 24))
    high = i8x16.add(high, v128.load(p, 40))
    p = t + STRIDE * <usize>load<u8>(s, 4)
    low = i8x16.add(low, v128.load(p, 32))
    high = i8x16.add(high, v128.load(p, 48))
    p = t + STRIDE * <usize>load<u8>(s, 5)
    low = i8x16.add(low, v128.load(p, 40))
    high = i8x16.add(high, v128.load(p, 56))
    p = t + STRIDE * <usize>load<u8>(s, 6)
    low = i8x16.add(low, v128.load(p, 48))
    high = i8x16.add(high, v128.load(p, 64))
    p = t + STRIDE * <usize>load<u8>(s, 7)
    low = i8x16.add(low, v128.load(p, 56))
    high = i8x16.add(high, v128.load(p, 72))
    a = i16x8.add(a, i16x8.extend_low_i8x16_u(low))
    b = i16x8.add(b, i16x8.extend_high_i8x16_u(low))
    c = i16x8.add(c, i16x8.extend_low_i8x16_u(high))
    d = i16x8.add(d, i16x8.extend_high_i8x16_u(high))
  }
  for (let k: usize = 0; k < 8; k++) {
    const s = second + 2 * HALF + 8 * k
    const t = tables + 2 * TABLE + 32 * k
    let p = t + STRIDE * <usize>load<u8>(s)
    let low = v128.load(p)
    let high = v128.load(p, 16)
    p = t + STRIDE * <usize>load<u8>(s, 1)
    low = i8x16.add(low, v128.load(p, 4))
    high = i8x16.add(high, v128.load(p, 20))
    p = t + STRIDE * <usize>load<u8>(s, 2)
    low = i8x16.add(low, v128.load(p, 8))
    high = i8x16.add(high, v128.load(p, 24))
    p = t + STRIDE * <usize>load<u8>(s, 3)
    low = i8x16.add(low, v128.load(p, 12))
    high = i8x16.add(high, v128.load(p, 28))
    p = t + STRIDE * <usize>load<u8>(s, 4)
    low = i8x16.add(low, v128.load(p, 16))
    high = i8x16.add(high, v128.load(p, 32))
    p = t + STRIDE * <usize>load<u8>(s, 5)
    low = i8x16.add(low, v128.load(p, 20))
    high = i8x16.add(high, v128.load(p, 36))
    p = t + STRIDE * <usize>load<u8>(s, 6)
    low = i8x16.add(low, v128.load(p, 24))
    high = i8x16.add(high, v128.load(p, 40))
    p = t + STRIDE * <usize>load<u8>(s, 7)
    low = i8x16.add(low, v128.load(p, 28))
    high = i8x16.add(high, v128.load(p, 44))
    a = i16x8.add(a, i16x8.extend_low_i8x16_u(low))
    b = i16x8.add(b, i16x8.extend_high_i8x16_u(low))
    c = i16x8.add(c, i16x8.extend_low_i8x16_u(high))
    d = i16x8.add(d, i16x8.extend_high_i8x16_u(high))
  }
  const most = i16x8.splat(<i16>limit)
  const ab = v128.or(i16x8.le_s(a, most), i16x8.le_s(b, most))
  const cd = v128.or(i16x8.le_s(c, most), i16x8.le_s(d, most))
  return v128.any_true(v128.or(ab, cd))
}

/** Sums both parts at turn 32. */
function isLastBelow(first: usize, second: usize, tables: usize, limit: i32): bool {
  let sum: i32 = 0
  for (let k: usize = 0; k < 24; k++) {
    const s = eightAt(first, second, k)
    const t = tables + (k < 16 ? startOf(k) : 2 * TABLE + 32 * (k - 16)) + TURNS - 1
    const every: usize = k < 16 ? 8 : 4
    for (let j: usize = 0; j < 8; j++)
      sum += load<u8>(t + STRIDE * <usize>load<u8>(s + j) + every * j)
  }
  return sum <= limit
}

/** Where symbols 8 k … are: the first part's, then the second's. */
function eightAt(first: usize, second: usize, k: usize): usize {
  return k < 8 ? first + 8 * k : second + 8 * (k - 8)
}

/** Where in the tables eight coarse symbols are: their set, and the first one's column. */
function startOf(k: usize): usize {
  const block: usize = 64 * (k & 3)
  if (k < 4) return block
  if (k < 8) return TABLE + 4 + block
  if (k < 12) return 4 + block
  return TABLE + block
}

/**
 * Lists in `found` the records of `count` that may have too little in common with the probe: the
 * usable positions of each four rows overlap by what they have beyond all, or more.
 */
export function narrow(room: usize, count: usize, probe: usize, found: usize): u32 {
  const other = v128.load64_zero(probe)
  // Of 256 quarters; what is left of them when the probe's are taken.
  const unusable = i16x8.sub(i16x8.splat(256), i16x8.extend_low_i8x16_u(other))
  let n: usize = 0
  for (let i: usize = 0; i < count; i++) {
    const own = i16x8.extend_low_i8x16_u(v128.load64_zero(room + ROOM * i))
    const sure = i32x4.extadd_pairwise_i16x8_u(i16x8.sub_sat_u(own, unusable))
    const pairs = i64x2.add(i64x2.extend_low_i32x4_u(sure), i64x2.extend_high_i32x4_u(sure))
    const quarters = <u32>(i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1))
    if (quarters * 4 >= LEAST_COMMON_POSITIONS) continue
    store<u32>(found + 4 * n, <u32>i)
    n++
  }
  return <u32>n
}
