/**
 * Least (`sign` 0) or greatest (`sign` 0x80000000, which is flipped in all that is compared) value in
 * a square of 2 x reach + 1 pixels: `extremeFilter` of ../extremes.ts. An extreme is exact in
 * whichever order it is taken. `row` has room for width + 2 x reach + 16 floats, `plane` for
 * width x (height + 2 x reach) + 16, `out` for 8 more than the raster has.
 */
export function extremes(
  data: usize,
  width: i32,
  height: i32,
  reach: i32,
  sign: u32,
  row: usize,
  plane: usize,
  out: usize,
): void {
  const flip = i32x4.splat(sign)
  fill(row, width + 2 * reach + 16)
  fill(plane, reach * width)
  const middle = plane + 4 * <usize>(reach * width)
  for (let y = 0; y < height; y++) {
    flipped(data + 4 * <usize>(y * width), width, flip, row + 4 * <usize>reach)
    // A vector that passed the row's end has left zeros or older values behind it.
    fill(row, reach)
    fill(row + 4 * <usize>(reach + width), reach + 16)
    slide(row, width + 2 * reach, 1, 2 * reach + 1, middle + 4 * <usize>(y * width))
  }
  fill(middle + 4 * <usize>(height * width), reach * width + 16)
  slide(plane, height + 2 * reach, width, 2 * reach + 1, out)
  flipped(out, width * height, flip, out)
}

function fill(to: usize, count: i32): void {
  const end = to + 4 * <usize>count
  let at = to
  for (; at + 16 <= end; at += 16) v128.store(at, f32x4.splat(Infinity))
  for (; at < end; at += 4) store<f32>(at, Infinity)
}

function flipped(from: usize, count: i32, flip: v128, to: usize): void {
  for (let k: usize = 0; k < 4 * <usize>count; k += 16) {
    v128.store(to + k, v128.xor(v128.load(from + k), flip))
  }
}

/**
 * Least of `window` units that follow each other, for each first unit, into `to`; a unit is `stride`
 * floats. Windows are doubled in place until two of them cover the one that is asked for.
 */
function slide(data: usize, units: i32, stride: i32, window: i32, to: usize): void {
  let size = 1
  for (; 2 * size <= window; size *= 2) {
    lowered(data, data + 4 * <usize>(size * stride), (units - 2 * size + 1) * stride, data)
  }
  const other = data + 4 * <usize>((window - size) * stride)
  lowered(data, other, (units - window + 1) * stride, to)
}

function lowered(a: usize, b: usize, count: i32, to: usize): void {
  for (let k: usize = 0; k < 4 * <usize>count; k += 16) {
    v128.store(to + k, f32x4.pmin(v128.load(a + k), v128.load(b + k)))
  }
}
