import { PAIR, sampleRing } from './ring.ts'

/**
 * Values of a ring unrolled between two contours: `unroll` of ../unroll.ts. `lines` holds for each of
 * an even number of columns where it starts and how far it goes: all x, all y, all ways across, all
 * ways down, as doubles. `factor` is pixels of `data` per pixel of these. `room` is 48 bytes a row.
 */
export function unrolled(
  data: usize,
  width: i32,
  height: i32,
  factor: f64,
  lines: usize,
  rows: i32,
  columns: i32,
  room: usize,
  out: usize,
): void {
  const half = f64x2.splat(0.5)
  const scale = f64x2.splat(factor)
  const size: usize = 8 * <usize>columns
  const values = room + PAIR * <usize>rows
  for (let i: usize = 0; i < size; i += 16) {
    const x = v128.load(lines + i)
    const y = v128.load(lines + size + i)
    const across = v128.load(lines + 2 * size + i)
    const down = v128.load(lines + 3 * size + i)
    let place = room
    for (let row = 0; row < rows; row++, place += PAIR) {
      const share = f64x2.splat((<f64>row + 0.5) / <f64>rows)
      const wx = f64x2.add(x, f64x2.mul(share, across))
      const wy = f64x2.add(y, f64x2.mul(share, down))
      v128.store(place, f64x2.sub(f64x2.mul(f64x2.add(wx, half), scale), half))
      v128.store(place, f64x2.sub(f64x2.mul(f64x2.add(wy, half), scale), half), 16)
    }
    // Places are directions from the corner at distance 1: neither sum nor product rounds them.
    sampleRing(data, width, height, 0, 0, 1, room, rows, values)
    let to = out + (i >> 1)
    for (let row = 0; row < rows; row++, to += size >> 1) {
      const doubles = v128.load(values + 16 * <usize>row)
      v128.store64_lane(to, f32x4.demote_f64x2_zero(doubles), 0)
    }
  }
}
