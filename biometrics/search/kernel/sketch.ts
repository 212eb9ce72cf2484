import { COLUMNS, PLANE, RECORD, STRIDE, TABLE, TURNS } from './layout.ts'
import { hasRoom, ROOM, roomOf } from './room.ts'
import { rowsAt, statesOf, tabulateRows } from './rows.ts'

/*
 * A sketch is what of a record is looked at first: symbols of three rows, as in symbols.ts, and how
 * much is usable.
 *
 *   coarse  96 bytes  rows 1, 5, 9 at columns 0, 8 …; rows 3, 7, 11 at columns 4, 12 …;
 *                     rows 2, 6, 10 at columns 2, 10 …; all of the coarse scale
 *   fine    64 bytes  rows 2, 6, 10 of the fine scale at columns 0, 4 …
 *   room    24 bytes  how much is usable, see room.ts
 *
 * A sum is step x differing - masked x common positions. The coarse symbols are summed at every
 * other turn, 16 of them in one vector, and looked at after two sets of rows and after three; then
 * all are summed at all turns, with other weights.
 */

const COARSE: usize = 96
const FINE: usize = 64
/** Symbols of a set of coarse rows. */
const SET: usize = 32
/** Bytes of a row, and of a set, of the tables for every other turn: the probe's odd words. */
const ODD_STRIDE: usize = 160
const ODD_TABLE: usize = 20_000
const ODD_STEP: u32 = 5
const ODD_MASKED: u32 = 4
const ALL_STEP: u32 = 4
const ALL_MASKED: u32 = 3
const FINE_ROWS: u32 = 18 | (22 << 8) | (26 << 16)
/** Marks what is good at turn 31 in the list that `skim` makes on the way. */
const AT_THE_END: u32 = 0x80_00_00_00

/** Rows of a coarse set. */
function coarseRows(set: usize): u32 {
  if (set === 0) return 1 | (5 << 8) | (9 << 16)
  if (set === 1) return 3 | (7 << 8) | (11 << 16)
  return 2 | (6 << 8) | (10 << 16)
}

/** Column of a coarse set's first symbol; the others are 8 apart. */
function coarseColumn(set: usize): usize {
  if (set === 0) return 0
  return set === 1 ? 4 : 2
}

/** Writes the sketches of `count` records. */
export function sketch(
  records: usize,
  count: usize,
  coarse: usize,
  fine: usize,
  room: usize,
): void {
  for (let i: usize = 0; i < count; i++) {
    const record = records + RECORD * i
    for (let set: usize = 0; set < 3; set++) {
      sketchRows(record, coarseRows(set), coarseColumn(set), coarse + COARSE * i + SET * set, 8)
    }
    sketchRows(record, FINE_ROWS, 0, fine + FINE * i, 4)
    roomOf(record + 2 * PLANE, room + ROOM * i)
  }
}

/** Symbols of every `every`th column from `start`. */
function sketchRows(record: usize, rows: u32, start: usize, out: usize, every: usize): void {
  let at = out
  for (let column = start; column < COLUMNS; column += every, at++) {
    const k = record + 4 * column
    const re = v128.load32_zero(k)
    const im = v128.load32_zero(k, PLANE)
    const mask = v128.load32_zero(k, 2 * PLANE)
    const first = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 0)), 0)
    const second = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 1)), 0)
    const third = i32x4.extract_lane(statesOf(re, im, mask, rowsAt(rows, 2)), 0)
    store<u8>(at, first + 5 * second + 25 * third)
  }
}

/**
 * Writes what a probe is skimmed with: tables of the three coarse sets for the turns 1, 3 … 31
 * (20,000 bytes each), then of these and of the fine rows for the turns 0 … 32 (38,000 bytes each).
 */
export function tabulateSketch(probe: usize, tables: usize, bases: usize): void {
  const wide = tables + 3 * ODD_TABLE
  for (let set: usize = 0; set < 3; set++) {
    const own = wide + TABLE * set
    tabulateRows(probe, coarseRows(set), own, ODD_STEP, ODD_MASKED, bases)
    for (let symbol: usize = 0; symbol < 125; symbol++) {
      const from = own + STRIDE * symbol
      const to = tables + ODD_TABLE * set + ODD_STRIDE * symbol
      for (let j: usize = 0; j < STRIDE / 2; j++) store<u8>(to + j, load<u8>(from + 2 * j, 1))
    }
    tabulateRows(probe, coarseRows(set), own, ALL_STEP, ALL_MASKED, bases)
  }
  tabulateRows(probe, FINE_ROWS, wide + 3 * TABLE, ALL_STEP, ALL_MASKED, bases)
}

/**
 * Lists in `found` the records of `count` whose sums are at or below each limit at some turn: that
 * of two coarse sets, of three, and of the whole sketch. Of what has too little usable no sum tells
 * anything (a tombstone's is zero), so it is left out by its room.
 */
export function skim(
  coarse: usize,
  fine: usize,
  room: usize,
  count: usize,
  tables: usize,
  twoLimit: i32,
  threeLimit: i32,
  allLimit: i32,
  found: usize,
): u32 {
  const likely = skimCoarse(coarse, count, tables, twoLimit, threeLimit, found)
  const wide = tables + 3 * ODD_TABLE
  const limit = allLimit + 3 * <i32>(COARSE + FINE) * <i32>ALL_MASKED
  let n: usize = 0
  for (let k: usize = 0; k < likely; k++) {
    const marked = load<u32>(found + 4 * k)
    const index = marked & ~AT_THE_END
    if (!hasRoom(room + ROOM * <usize>index)) continue
    const own = coarse + COARSE * <usize>index
    const others = fine + FINE * <usize>index
    const isBelow =
      isSketchBelow(own, others, wide, limit) ||
      // Turn 32 has no lane: it is looked at where its neighbour was good.
      (marked !== index && isLastBelow(own, others, wide, limit))
    if (!isBelow) continue
    store<u32>(found + 4 * n, index)
    n++
  }
  return <u32>n
}

/** The first two looks, which nearly all are passed over in. */
function skimCoarse(
  coarse: usize,
  count: usize,
  tables: usize,
  twoLimit: i32,
  threeLimit: i32,
  found: usize,
): usize {
  const two = i16x8.splat(<i16>(twoLimit + 6 * <i32>SET * <i32>ODD_MASKED))
  const three = i16x8.splat(<i16>(threeLimit + 9 * <i32>SET * <i32>ODD_MASKED))
  let n: usize = 0
  for (let i: usize = 0; i < count; i++) {
    const own = coarse + COARSE * i
    let low = i16x8.splat(0)
    let high = low
    let t = tables
    for (let s = own; s < own + 2 * SET; s += 8, t += 32) {
      // Columns 8 apart are 4 odd words apart.
      if (s === own + SET) t = tables + ODD_TABLE + 2
      const sum = eightOdd(s, t)
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(sum))
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(sum))
    }
    if (!v128.any_true(v128.or(i16x8.le_s(low, two), i16x8.le_s(high, two)))) continue
    t = tables + 2 * ODD_TABLE + 1
    for (let s = own + 2 * SET; s < own + 3 * SET; s += 8, t += 32) {
      const sum = eightOdd(s, t)
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(sum))
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(sum))
    }
    const end = i16x8.le_s(high, three)
    if (!v128.any_true(v128.or(i16x8.le_s(low, three), end))) continue
    const mark: u32 = i16x8.extract_lane_u(end, 7) ? AT_THE_END : 0
    store<u32>(found + 4 * n, <u32>i | mark)
    n++
  }
  return n
}

/** Sums eight coarse symbols at the turns 1, 3 … 31. */
function eightOdd(s: usize, t: usize): v128 {
  let sum = v128.load(t + ODD_STRIDE * <usize>load<u8>(s))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 1), 4))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 2), 8))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 3), 12))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 4), 16))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 5), 20))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 6), 24))
  sum = i8x16.add(sum, v128.load(t + ODD_STRIDE * <usize>load<u8>(s, 7), 28))
  return sum
}

/** Sums a sketch at the turns 0 … 31; `limit` counts the tables' bias in. */
function isSketchBelow(coarse: usize, fine: usize, tables: usize, limit: i32): bool {
  let a = i16x8.splat(0)
  let b = a
  let c = a
  let d = a
  for (let k: usize = 0; k < COARSE / 8; k++) {
    const s = coarse + 8 * k
    const t = tables + coarseAt(k)
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
  for (let k: usize = 0; k < FINE / 8; k++) {
    const s = fine + 8 * k
    const t = tables + 3 * TABLE + 32 * k
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

/** Sums a sketch at turn 32. */
function isLastBelow(coarse: usize, fine: usize, tables: usize, limit: i32): bool {
  let sum: i32 = 0
  for (let i: usize = 0; i < COARSE; i++) {
    const t = tables + coarseAt(i >> 3) + 8 * (i & 7)
    sum += load<u8>(t + STRIDE * <usize>load<u8>(coarse + i), TURNS - 1)
  }
  for (let i: usize = 0; i < FINE; i++) {
    const t = tables + 3 * TABLE + 4 * i
    sum += load<u8>(t + STRIDE * <usize>load<u8>(fine + i), TURNS - 1)
  }
  return sum <= limit
}

/** Where in the tables the coarse symbols 8 k … are: their set, and the first one's column. */
function coarseAt(k: usize): usize {
  const set = k >> 2
  return TABLE * set + coarseColumn(set) + 64 * (k & 3)
}
