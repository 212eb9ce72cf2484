import { COLUMNS, PLANE, PROBE_PLANE, RECORD, SETS, STRIDE, SYMBOLS, TABLE } from './layout.ts'

/** Rows of set `set`, packed 8 bits each; 32 stands for no row. */
function rowsOf(set: u32): u32 {
  if (set < 5) return set | ((set + 5) << 8) | ((set + 10) << 16)
  if (set < 10) return (set + 11) | ((set + 16) << 8) | ((set + 21) << 16)
  return 15 | (31 << 8) | (32 << 16)
}

/** Four columns' states in one row: 0 masked, else 1 + re + 2 im (code bits under a mask are 0). */
function statesOf(re: v128, im: v128, mask: v128, row: i32): v128 {
  if (row === 32) return i32x4.splat(0)
  const one = i32x4.splat(1)
  const real = v128.and(i32x4.shr_u(re, row), one)
  const imaginary = v128.and(i32x4.shr_u(im, row), one)
  const usable = v128.and(i32x4.shr_u(mask, row), one)
  return i32x4.add(i32x4.add(usable, real), i32x4.add(imaginary, imaginary))
}

/** Writes the symbols of `count` records: s0 + 5 s1 + 25 s2 of the states in a set's three rows. */
export function symbolise(records: usize, count: u32, symbols: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const record = records + RECORD * <usize>i
    for (let k: usize = 0; k < PLANE; k += 16) {
      const re = v128.load(record + k)
      const im = v128.load(record + k, PLANE)
      const mask = v128.load(record + k, 2 * PLANE)
      let out = symbols + SYMBOLS * <usize>i + (k >> 2)
      for (let set: u32 = 0; set < <u32>SETS; set++, out += COLUMNS) {
        const rows = rowsOf(set)
        const first = statesOf(re, im, mask, rows & 0xff)
        const second = statesOf(re, im, mask, (rows >> 8) & 0xff)
        const third = statesOf(re, im, mask, rows >> 16)
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
    const rows = rowsOf(set)
    for (let place: u32 = 0; place < 3; place++) {
      const row = (rows >> (8 * place)) & 0xff
      for (let state: u32 = 0; state < 5; state++) {
        baseOf(probe, row, state, step, masked, bases + STRIDE * <usize>(5 * place + state))
      }
    }
    for (let symbol: u32 = 0; symbol < 125; symbol++) {
      const first = bases + STRIDE * <usize>(symbol % 5)
      const second = bases + STRIDE * <usize>(5 + ((symbol / 5) % 5))
      const third = bases + STRIDE * <usize>(10 + symbol / 25)
      const out = tables + TABLE * <usize>set + STRIDE * <usize>symbol
      for (let j: usize = 0; j < STRIDE; j += 16) {
        const sum = i8x16.add(v128.load(first + j), v128.load(second + j))
        v128.store(out + j, i8x16.add(sum, v128.load(third + j)))
      }
    }
  }
}

/** One row's part of a table: `state` of a record against each column of the probe. */
function baseOf(probe: usize, row: u32, state: u32, step: u32, masked: u32, out: usize): void {
  memory.fill(out, <u8>masked, STRIDE)
  if (state === 0 || row === 32) return
  const real = (state - 1) & 1
  const imaginary = (state - 1) >> 1
  for (let j: usize = 0; j < PROBE_PLANE / 4; j++) {
    const at = probe + 4 * j
    if (((load<u32>(at, 2 * PROBE_PLANE) >> row) & 1) === 0) continue
    const re = (load<u32>(at) >> row) & 1
    const im = (load<u32>(at, PROBE_PLANE) >> row) & 1
    store<u8>(out + j, step * ((re ^ real) + (im ^ imaginary)))
  }
}
