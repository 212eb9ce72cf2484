import { COLUMNS, PLANE, RECORD, SETS, SYMBOLS, TABLE } from './layout.ts'
import { rowsAt, statesOf, tabulateRows } from './rows.ts'

/** Rows of set `set`, packed 8 bits each; 32 stands for no row. */
function rowsOf(set: u32): u32 {
  if (set < 5) return set | ((set + 5) << 8) | ((set + 10) << 16)
  if (set < 10) return (set + 11) | ((set + 16) << 8) | ((set + 21) << 16)
  return 15 | (31 << 8) | (32 << 16)
}

/** Writes the symbols of `count` records from the `first`th of an area: s0 + 5 s1 + 25 s2 of the states in a set's three rows. */
export function symbolise(records: usize, first: u32, count: u32, symbols: usize): void {
  for (let i = first; i < first + count; i++) {
    const record = records + RECORD * <usize>i
    for (let k: usize = 0; k < PLANE; k += 16) {
      const re = v128.load(record + k)
      const im = v128.load(record + k, PLANE)
      const mask = v128.load(record + k, 2 * PLANE)
      let out = symbols + SYMBOLS * <usize>i + (k >> 2)
      for (let set: u32 = 0; set < <u32>SETS; set++, out += COLUMNS) {
        const rows = rowsOf(set)
        const first = statesOf(re, im, mask, rowsAt(rows, 0))
        const second = statesOf(re, im, mask, rowsAt(rows, 1))
        const third = statesOf(re, im, mask, rowsAt(rows, 2))
        const symbol = i32x4.add(
          first,
          i32x4.mul(i32x4.splat(5), i32x4.add(second, i32x4.mul(i32x4.splat(5), third))),
        )
        const bytes = i8x16.swizzle(symbol, i32x4.splat(0x0c_08_04_00))
        v128.store32_lane(out, bytes, 0)
      }
    }
  }
}

/**
 * Writes a probe's tables: for set, symbol and word j of the probe the sum over the set's three
 * rows of `masked`, where one of both is masked, else of `step` x (0, 1 or 2 differing bits).
 */
export function tabulate(probe: usize, tables: usize, step: u32, masked: u32, bases: usize): void {
  for (let set: u32 = 0; set < <u32>SETS; set++) {
    tabulateRows(probe, rowsOf(set), tables + TABLE * <usize>set, step, masked, bases)
  }
}
