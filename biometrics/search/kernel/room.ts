import { COLUMNS, LEAST_COMMON_POSITIONS } from './layout.ts'

/*
 * A room tells how much of a half mask is usable in 48 cells, in halves of a byte. A cell is a
 * quarter around (right, below, left, above) of one of the inner eight rows or of two of the outer
 * eight, both scales together: 128 positions, or 128 pairs of positions.
 *
 *   bytes  0..15   rows 0..3 in the low halves, rows 4..7 in the high ones, four quarters each
 *   bytes 16..23   rows 8-9, 10-11 in the low halves, rows 12-13, 14-15 in the high ones
 *
 * A half is the index of the highest level that the cell reaches; levels lie close where most cells
 * are. A probe's room is what each of these cells lacks of 128, byte by byte in the same order.
 */

/** Bytes of a room. */
export const ROOM: usize = 24
const CELL: u32 = 128
const QUARTER: usize = 64

/** The least that a cell of each level has. */
function least(): v128 {
  return i8x16(0, 19, 38, 54, 66, 77, 84, 91, 96, 100, 102, 105, 107, 110, 113, 116)
}

/** The most that a cell of each level has. */
function most(): v128 {
  return i8x16(18, 37, 53, 65, 76, 83, 90, 95, 99, 101, 104, 106, 109, 112, 115, -128)
}

/** Usable positions of a cell, or half of those of an outer one; cells 0..31 are the inner ones. */
function usableIn(mask: usize, cell: usize): u32 {
  const isInner = cell < 32
  const group = <u32>(cell >> 2)
  const bits: u32 = isInner ? 0x00_01_00_01 << group : 0x00_03_00_03 << (2 * group - 8)
  // The quarter on the right lies half before the first column.
  const start = COLUMNS - QUARTER / 2 + QUARTER * (cell & 3)
  let count: u32 = 0
  for (let column: usize = 0; column < QUARTER; column++) {
    count += popcnt<u32>(load<u32>(mask + 4 * ((start + column) % COLUMNS)) & bits)
  }
  return isInner ? count : count / 2
}

/** Writes the room of the half mask plane at `mask`. */
export function roomOf(mask: usize, out: usize): void {
  for (let i: usize = 0; i < ROOM; i++) {
    const low = i < 16 ? i : i + 16
    const high = i < 16 ? i + 16 : i + 24
    store<u8>(out + i, levelOf(usableIn(mask, low)) | (levelOf(usableIn(mask, high)) << 4))
  }
}

function levelOf(usable: u32): u32 {
  const reached = i8x16.le_u(least(), i8x16.splat(<i8>usable))
  return popcnt<u32>(<u32>i8x16.bitmask(reached)) - 1
}

/** Writes what each of the 48 cells of a probe's half mask lacks. */
export function missingOf(mask: usize, out: usize): void {
  for (let cell: usize = 0; cell < 48; cell++) {
    store<u8>(out + cell, <u8>(CELL - usableIn(mask, cell)))
  }
}

/** 1 unless an eye has too few usable positions for any score, by the most that its room may stand for. */
export function hasRoom(room: usize): u32 {
  const levels = most()
  const inner = v128.load(room)
  const outer = v128.load64_zero(room, 16)
  const count = sumOf(low(inner, levels)) + sumOf(high(inner, levels))
  // A half may leave out one position; the eight lanes that are not of the room count as level 0.
  const halves = sumOf(low(outer, levels)) + sumOf(high(outer, levels)) - 2 * 8 * 18
  return count + 2 * halves + 16 >= LEAST_COMMON_POSITIONS ? 1 : 0
}

/**
 * Lists in `found` the persons of `count` of whom both eyes may have too little in common with the
 * probe's; `left` and `right` are the rooms of their eyes, and of the probe what its cells lack.
 */
export function narrow(
  left: usize,
  right: usize,
  count: usize,
  probeLeft: usize,
  probeRight: usize,
  found: usize,
): u32 {
  let n: usize = 0
  for (let i: usize = 0; i < count; i++) {
    if (isRoomy(left + ROOM * i, probeLeft) || isRoomy(right + ROOM * i, probeRight)) continue
    store<u32>(found + 4 * n, <u32>i)
    n++
  }
  return <u32>n
}

/** As they lie, what is usable in a cell of one less what the other lacks is usable in both. */
function isRoomy(room: usize, missing: usize): bool {
  const levels = least()
  const inner = v128.load(room)
  const outer = v128.load64_zero(room, 16)
  const a = i8x16.sub_sat_u(low(inner, levels), v128.load(missing))
  const b = i8x16.sub_sat_u(high(inner, levels), v128.load(missing, 16))
  const c = i8x16.sub_sat_u(low(outer, levels), v128.load64_zero(missing, 32))
  const d = i8x16.sub_sat_u(high(outer, levels), v128.load64_zero(missing, 40))
  // Two of at most 116 each fit a byte lane.
  return sumOf(i8x16.add(a, b)) + 2 * sumOf(i8x16.add(c, d)) >= LEAST_COMMON_POSITIONS
}

function low(room: v128, levels: v128): v128 {
  return i8x16.swizzle(levels, v128.and(room, i8x16.splat(15)))
}

function high(room: v128, levels: v128): v128 {
  return i8x16.swizzle(levels, i8x16.shr_u(room, 4))
}

function sumOf(bytes: v128): u32 {
  const quads = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes))
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(quads), i64x2.extend_high_i32x4_u(quads))
  return <u32>(i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1))
}
