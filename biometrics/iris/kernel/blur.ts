import { narrowed, tapsOf } from './lanes.ts'

/*
 * AssemblyScript, as all of this folder: `npm run build` compiles it, not tsc. Addresses are bytes of
 * the module's memory, where the caller (../kernel-*.ts) has put its arguments and left room;
 * nothing is allocated and nothing kept between calls. Each function gives to the bit what its twin
 * in TypeScript gives: the same operations of the same width in the same order, two or four places
 * side by side.
 */

/**
 * Correlates rows and then columns of `data` with `taps` weights, edges repeated: `blur` of
 * ../raster.ts. `row` has room for width + taps + 8 doubles, `plane` for width x height.
 */
export function blur(
  data: usize,
  width: i32,
  height: i32,
  weights: usize,
  taps: i32,
  row: usize,
  plane: usize,
  out: usize,
): void {
  const reach = taps >> 1
  for (let y = 0; y < height; y++) {
    const from = data + 4 * <usize>(y * width)
    padRow(from, width, reach, row)
    blurRow(row, width, weights, taps, plane + 8 * <usize>(y * width))
  }
  for (let y = 0; y < height; y++) {
    blurColumns(plane, width, height, y - reach, weights, taps, out + 4 * <usize>(y * width))
  }
}

function padRow(from: usize, width: i32, reach: i32, row: usize): void {
  const first = <f64>load<f32>(from)
  const last = <f64>load<f32>(from + 4 * <usize>(width - 1))
  for (let x = 0; x < reach; x++) store<f64>(row + 8 * <usize>x, first)
  const middle = row + 8 * <usize>reach
  for (let x = 0; x < width; x++) {
    store<f64>(middle + 8 * <usize>x, <f64>load<f32>(from + 4 * <usize>x))
  }
  const end = middle + 8 * <usize>width
  for (let x = 0; x < reach; x++) store<f64>(end + 8 * <usize>x, last)
}

/** One row; sums are rounded to single precision, as they are kept between the two passes. */
function blurRow(row: usize, width: i32, weights: usize, taps: i32, to: usize): void {
  let x = 0
  for (; x + 8 <= width; x += 8) {
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    let from = row + 8 * <usize>x
    for (let k = 0; k < taps; k++, from += 8) {
      const weight = v128.load64_splat(weights + 8 * <usize>k)
      a = f64x2.add(a, f64x2.mul(weight, v128.load(from)))
      b = f64x2.add(b, f64x2.mul(weight, v128.load(from, 16)))
      c = f64x2.add(c, f64x2.mul(weight, v128.load(from, 32)))
      d = f64x2.add(d, f64x2.mul(weight, v128.load(from, 48)))
    }
    const at = to + 8 * <usize>x
    v128.store(at, narrowed(a))
    v128.store(at, narrowed(b), 16)
    v128.store(at, narrowed(c), 32)
    v128.store(at, narrowed(d), 48)
  }
  for (; x < width; x++) {
    const sum = tapsOf(row + 8 * <usize>x, 8, weights, taps)
    store<f64>(to + 8 * <usize>x, <f64>(<f32>sum))
  }
}

/** One row of the result from `taps` rows of the plane, the first of them `top`. */
function blurColumns(
  plane: usize,
  width: i32,
  height: i32,
  top: i32,
  weights: usize,
  taps: i32,
  to: usize,
): void {
  let x = 0
  for (; x + 8 <= width; x += 8) {
    let a = f64x2.splat(0)
    let b = a
    let c = a
    let d = a
    for (let k = 0; k < taps; k++) {
      const y = max(0, min(height - 1, top + k))
      const from = plane + 8 * <usize>(y * width + x)
      const weight = v128.load64_splat(weights + 8 * <usize>k)
      a = f64x2.add(a, f64x2.mul(weight, v128.load(from)))
      b = f64x2.add(b, f64x2.mul(weight, v128.load(from, 16)))
      c = f64x2.add(c, f64x2.mul(weight, v128.load(from, 32)))
      d = f64x2.add(d, f64x2.mul(weight, v128.load(from, 48)))
    }
    const at = to + 4 * <usize>x
    v128.store64_lane(at, f32x4.demote_f64x2_zero(a), 0)
    v128.store64_lane(at, f32x4.demote_f64x2_zero(b), 0, 8)
    v128.store64_lane(at, f32x4.demote_f64x2_zero(c), 0, 16)
    v128.store64_lane(at, f32x4.demote_f64x2_zero(d), 0, 24)
  }
  for (; x < width; x++) {
    let sum = 0.0
    for (let k = 0; k < taps; k++) {
      const y = max(0, min(height - 1, top + k))
      sum += load<f64>(weights + 8 * <usize>k) * load<f64>(plane + 8 * <usize>(y * width + x))
    }
    store<f32>(to + 4 * <usize>x, <f32>sum)
  }
}
