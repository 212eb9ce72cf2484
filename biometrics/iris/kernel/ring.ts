/** Bytes of two directions in a ring: their cosines, then their sines. */
export const PAIR: usize = 32

/** 2^52: the sum with a smaller whole number has that number in its low bits. */
const WHOLE: f64 = 4_503_599_627_370_496

/**
 * Values of `data` at one distance from (x, y) in `pairs` x 2 directions, as doubles: `sampleRing` of
 * ../ring.ts. A raster holds no negative zero and no NaN.
 */
export function sampleRing(
  data: usize,
  width: i32,
  height: i32,
  x: f64,
  y: f64,
  radius: f64,
  ring: usize,
  pairs: i32,
  out: usize,
): void {
  const right = f64x2.splat(<f64>width - 1.001)
  const bottom = f64x2.splat(<f64>height - 1.001)
  const across = f64x2.splat(x)
  const down = f64x2.splat(y)
  const far = f64x2.splat(radius)
  let at = ring
  let to = out
  for (let k = 0; k < pairs; k++, at += PAIR, to += 16) {
    const px = f64x2.add(across, f64x2.mul(v128.load(at), far))
    const py = f64x2.add(down, f64x2.mul(v128.load(at, 16), far))
    v128.store(to, sampleTwo(data, width, right, bottom, px, py))
  }
}

/** Values on `count` circles, x, y and radius of each at `circles`: `sampleRings` of ../ring.ts. */
export function sampleRings(
  data: usize,
  width: i32,
  height: i32,
  circles: usize,
  count: i32,
  ring: usize,
  pairs: i32,
  out: usize,
): void {
  for (let k = 0; k < count; k++) {
    const circle = circles + 24 * <usize>k
    const to = out + 16 * <usize>(pairs * k)
    sampleRing(
      data,
      width,
      height,
      load<f64>(circle),
      load<f64>(circle, 8),
      load<f64>(circle, 16),
      ring,
      pairs,
      to,
    )
  }
}

/** Values of `data`, rows of `width`, at two places: `sample` of ../raster.ts. */
function sampleTwo(data: usize, width: i32, right: v128, bottom: v128, px: v128, py: v128): v128 {
  const none = f64x2.splat(0)
  const one = f64x2.splat(1)
  const cx = f64x2.pmin(f64x2.pmax(px, none), right)
  const cy = f64x2.pmin(f64x2.pmax(py, none), bottom)
  const left = f64x2.floor(cx)
  const top = f64x2.floor(cy)
  const fx = f64x2.sub(cx, left)
  const fy = f64x2.sub(cy, top)
  const gx = f64x2.sub(one, fx)
  const gy = f64x2.sub(one, fy)
  const rows = f64x2.mul(top, f64x2.splat(<f64>width))
  const places = f64x2.add(f64x2.splat(WHOLE), f64x2.add(rows, left))
  const row: usize = 4 * <usize>width
  const a = data + 4 * <usize>i32x4.extract_lane(places, 0)
  const b = data + 4 * <usize>i32x4.extract_lane(places, 2)
  const above = v128.load64_lane(b, v128.load64_zero(a), 1)
  const below = v128.load64_lane(b + row, v128.load64_zero(a + row), 1)
  const upper = f64x2.add(f64x2.mul(evens(above), gx), f64x2.mul(odds(above), fx))
  const lower = f64x2.add(f64x2.mul(evens(below), gx), f64x2.mul(odds(below), fx))
  return f64x2.add(f64x2.mul(upper, gy), f64x2.mul(lower, fy))
}

function evens(floats: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(floats, floats, 0, 2, 0, 2))
}

function odds(floats: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(floats, floats, 1, 3, 1, 3))
}

/**
 * Steps across a radius less the shading to both sides, as doubles: `soleSteps` of ../limbus.ts from
 * samples at four distances, the innermost first.
 */
export function soleSteps(
  deep: usize,
  inner: usize,
  outer: usize,
  wide: usize,
  pairs: i32,
  out: usize,
): void {
  const none = f64x2.splat(0)
  const half = f64x2.splat(0.5)
  for (let k: usize = 0; k < 16 * <usize>pairs; k += 16) {
    const near = v128.load(inner + k)
    const far = v128.load(outer + k)
    const within = f64x2.pmax(f64x2.sub(near, v128.load(deep + k)), none)
    const beyond = f64x2.pmax(f64x2.sub(v128.load(wide + k), far), none)
    const shading = f64x2.mul(half, f64x2.add(beyond, within))
    v128.store(out + k, f64x2.sub(f64x2.sub(far, near), shading))
  }
}

/** A step between -`most` and `most`. */
export function clipped(step: f64, most: f64): f64 {
  return step > most ? most : step < -most ? -most : step
}
