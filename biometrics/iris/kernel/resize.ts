import { narrowed } from './lanes.ts'

/*
 * `resize` of ../raster.ts. The shares of a side are, for each new place, its first old place and how
 * many (two whole numbers), and the share of each of them in `weights`, `most` doubles for each new
 * place. Sums are rounded to single precision after each share, as the twin's are.
 */

/** Rows of `width` become rows of `newWidth`, two at a time; `height` + 1 rows may be read. */
export function resizeAcross(
  data: usize,
  width: i32,
  height: i32,
  newWidth: i32,
  spans: usize,
  weights: usize,
  most: i32,
  out: usize,
): void {
  const row: usize = 4 * <usize>width
  const newRow: usize = 4 * <usize>newWidth
  for (let y = 0; y < height; y += 2) {
    const from = data + row * <usize>y
    const to = out + newRow * <usize>y
    for (let x = 0; x < newWidth; x++) {
      const span = spans + 8 * <usize>x
      const count = load<i32>(span, 4)
      let at = from + 4 * <usize>load<i32>(span)
      let share = weights + 8 * <usize>(x * most)
      let sum = f64x2.splat(0)
      for (let k = 0; k < count; k++, at += 4, share += 8) {
        const both = v128.load32_lane(at + row, v128.load32_zero(at), 1)
        const value = f64x2.promote_low_f32x4(both)
        sum = narrowed(f64x2.add(sum, f64x2.mul(v128.load64_splat(share), value)))
      }
      const floats = f32x4.demote_f64x2_zero(sum)
      v128.store32_lane(to + 4 * <usize>x, floats, 0)
      v128.store32_lane(to + newRow + 4 * <usize>x, floats, 1)
    }
  }
}

/** Rows of `width` become `newHeight` rows. */
export function resizeDown(
  data: usize,
  width: i32,
  newHeight: i32,
  spans: usize,
  weights: usize,
  most: i32,
  out: usize,
): void {
  const row: usize = 4 * <usize>width
  for (let y = 0; y < newHeight; y++) {
    const span = spans + 8 * <usize>y
    const count = load<i32>(span, 4)
    const from = data + row * <usize>load<i32>(span)
    const shares = weights + 8 * <usize>(y * most)
    const to = out + row * <usize>y
    for (let i: usize = 0; i < row; i += 8) {
      let sum = f64x2.splat(0)
      for (let k: usize = 0; k < <usize>count; k++) {
        const value = f64x2.promote_low_f32x4(v128.load64_zero(from + row * k + i))
        const share = v128.load64_splat(shares + 8 * k)
        sum = narrowed(f64x2.add(sum, f64x2.mul(share, value)))
      }
      v128.store64_lane(to + i, f32x4.demote_f64x2_zero(sum), 0)
    }
  }
}
