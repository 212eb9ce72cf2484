/** Two doubles rounded to single precision, as doubles. */
export function narrowed(doubles: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(doubles))
}

/** Sum of `taps` doubles at `from`, `stride` bytes apart, each times its weight, in order. */
export function tapsOf(from: usize, stride: usize, weights: usize, taps: i32): f64 {
  let sum = 0.0
  for (let k = 0; k < taps; k++) {
    sum += load<f64>(weights + 8 * <usize>k) * load<f64>(from + stride * <usize>k)
  }
  return sum
}
