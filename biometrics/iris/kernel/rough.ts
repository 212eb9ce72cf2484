/*
 * Samples in single precision, four directions side by side, at half the cost of exact ones: they
 * tell what need not be sampled exactly. Nothing of them reaches a result.
 */

/** Bytes of four directions in a rough ring: cosines, sines, and 1 where the direction counts. */
export const QUAD: usize = 48

/**
 * Most by which a rough step (outer less inner less shading) misses the exact one in a raster of
 * 0..255, for each pixel of its longer side: a place is off by 2e-7 of that side, a sample by twice
 * 255 times as much, a step by four samples. Rounded up.
 */
const STEP_ERROR: f64 = 5e-4

/** Most by which a mean of rough steps, as a share of `contrast`, misses the exact one. */
export function roughError(width: i32, height: i32, contrast: f64): f64 {
  return STEP_ERROR * <f64>max(width, height) * (1 / contrast + 0.005)
}

/** 2^23: the sum with a smaller whole number has that number in its low bits. */
const WHOLE: f32 = 8_388_608

/** Rough values of `data` at one distance from (x, y) in `quads` x 4 directions, as floats. */
export function roughRing(
  data: usize,
  width: i32,
  height: i32,
  x: f32,
  y: f32,
  radius: f32,
  ring: usize,
  quads: i32,
  out: usize,
): void {
  const none = f32x4.splat(0)
  const right = f32x4.splat(<f32>(<f64>width - 1.001))
  const bottom = f32x4.splat(<f32>(<f64>height - 1.001))
  const across = f32x4.splat(x)
  const down = f32x4.splat(y)
  const far = f32x4.splat(radius)
  const stride = f32x4.splat(<f32>width)
  const whole = f32x4.splat(WHOLE)
  // Taken off as bytes, with the exponent that the sum has.
  const base = i32x4.splat(<i32>data - (0x4b_00_00_00 << 2))
  const row: usize = 4 * <usize>width
  let at = ring
  let to = out
  for (let k = 0; k < quads; k++, at += QUAD, to += 16) {
    const px = f32x4.add(across, f32x4.mul(v128.load(at), far))
    const py = f32x4.add(down, f32x4.mul(v128.load(at, 16), far))
    const cx = f32x4.pmin(f32x4.pmax(px, none), right)
    const cy = f32x4.pmin(f32x4.pmax(py, none), bottom)
    const left = f32x4.floor(cx)
    const top = f32x4.floor(cy)
    const fx = f32x4.sub(cx, left)
    const fy = f32x4.sub(cy, top)
    const places = f32x4.add(whole, f32x4.add(f32x4.mul(top, stride), left))
    const addresses = i32x4.add(base, i32x4.shl(places, 2))
    const a = <usize>i32x4.extract_lane(addresses, 0)
    const b = <usize>i32x4.extract_lane(addresses, 1)
    const c = <usize>i32x4.extract_lane(addresses, 2)
    const d = <usize>i32x4.extract_lane(addresses, 3)
    const aboveAb = v128.load64_lane(b, v128.load64_zero(a), 1)
    const aboveCd = v128.load64_lane(d, v128.load64_zero(c), 1)
    const belowAb = v128.load64_lane(b + row, v128.load64_zero(a + row), 1)
    const belowCd = v128.load64_lane(d + row, v128.load64_zero(c + row), 1)
    const upper = between(aboveAb, aboveCd, fx)
    const lower = between(belowAb, belowCd, fx)
    v128.store(to, f32x4.add(upper, f32x4.mul(fy, f32x4.sub(lower, upper))))
  }
}

function between(ab: v128, cd: v128, share: v128): v128 {
  const left = i32x4.shuffle(ab, cd, 0, 2, 4, 6)
  const right = i32x4.shuffle(ab, cd, 1, 3, 5, 7)
  return f32x4.add(left, f32x4.mul(share, f32x4.sub(right, left)))
}

/** Sum of rough steps from `near` to `far`, each clipped at `most`. */
export function roughSum(near: usize, far: usize, ring: usize, quads: i32, most: f32): f32 {
  const limit = f32x4.splat(most)
  let sum = f32x4.splat(0)
  for (let k: usize = 0; k < <usize>quads; k++) {
    const step = f32x4.sub(v128.load(far + 16 * k), v128.load(near + 16 * k))
    sum = f32x4.add(sum, f32x4.mul(v128.load(ring + QUAD * k, 32), within(step, limit)))
  }
  return total(sum)
}

/** As `roughSum`, less the shading on both sides. */
export function roughSoleSum(
  deep: usize,
  near: usize,
  far: usize,
  wide: usize,
  ring: usize,
  quads: i32,
  most: f32,
): f32 {
  const limit = f32x4.splat(most)
  const none = f32x4.splat(0)
  let sum = none
  for (let k: usize = 0; k < <usize>quads; k++) {
    const at = 16 * k
    const inner = v128.load(near + at)
    const outer = v128.load(far + at)
    const inside = f32x4.pmax(f32x4.sub(inner, v128.load(deep + at)), none)
    const beyond = f32x4.pmax(f32x4.sub(v128.load(wide + at), outer), none)
    const shading = f32x4.mul(f32x4.splat(0.5), f32x4.add(inside, beyond))
    const step = f32x4.sub(f32x4.sub(outer, inner), shading)
    sum = f32x4.add(sum, f32x4.mul(v128.load(ring + QUAD * k, 32), within(step, limit)))
  }
  return total(sum)
}

function within(step: v128, limit: v128): v128 {
  return f32x4.pmax(f32x4.pmin(step, limit), f32x4.neg(limit))
}

/** Sum of four floats. */
export function total(floats: v128): f32 {
  const pairs = f32x4.add(floats, i32x4.shuffle(floats, floats, 2, 3, 2, 3))
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)
}
