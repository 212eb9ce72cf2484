import { PROBE_PLANE, STRIDE } from './layout.ts'

/*
 * Three rows of a column are written as one number: 8 bits for each row (0..31), 32 for no row.
 */

/** Row `place` (0..2) of packed rows. */
export function rowsAt(rows: u32, place: u32): u32 {
  return (rows >> (8 * place)) & 0xff
}

/** Four columns' states in one row: 0 masked, else 1 + re + 2 im (code bits under a mask are 0). */
export function statesOf(re: v128, im: v128, mask: v128, row: i32): v128 {
  if (row === 32) return i32x4.splat(0)
  const one = i32x4.splat(1)
  const real = v128.and(i32x4.shr_u(re, row), one)
  const imaginary = v128.and(i32x4.shr_u(im, row), one)
  const usable = v128.and(i32x4.shr_u(mask, row), one)
  return i32x4.add(i32x4.add(usable, real), i32x4.add(imaginary, imaginary))
}

/** Writes the table of three rows; `bases` is room for 15 rows of a table. */
export function tabulateRows(
  probe: usize,
  rows: u32,
  table: usize,
  step: u32,
  masked: u32,
  bases: usize,
): void {
  for (let place: u32 = 0; place < 3; place++) {
    for (let state: u32 = 0; state < 5; state++) {
      const base = bases + STRIDE * <usize>(5 * place + state)
      baseOf(probe, rowsAt(rows, place), state, step, masked, base)
    }
  }
  for (let symbol: usize = 0; symbol < 125; symbol++) {
    const first = bases + STRIDE * (symbol % 5)
    const second = bases + STRIDE * (5 + ((symbol / 5) % 5))
    const third = bases + STRIDE * (10 + symbol / 25)
    const out = table + STRIDE * symbol
    for (let j: usize = 0; j < STRIDE; j += 16) {
      const sum = i8x16.add(v128.load(first + j), v128.load(second + j))
      v128.store(out + j, i8x16.add(sum, v128.load(third + j)))
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
