/** Full turn in radians, as in ../arithmetic.ts. */
const TURN: f64 = 6.283_185_307_179_586

/**
 * A contour of `angles` radii seen from its own middle: `recentre` of ../contour.ts. `ring` holds two
 * cosines, then their sines, and so on. `radii` (floats) become those around the new centre, which is
 * stored at `centre` over the old one (x and y as doubles). `room` is 4 x angles bytes.
 */
export function recentre(radii: usize, ring: usize, angles: i32, room: usize, centre: usize): void {
  for (let round = 0; round < 3; round++) {
    let dx = 0.0
    let dy = 0.0
    for (let i = 0; i < angles; i++) {
      const direction = ring + 32 * <usize>(i >> 1) + 8 * <usize>(i & 1)
      const twice = 2 * <f64>load<f32>(radii + 4 * <usize>i)
      dx += (twice * load<f64>(direction)) / <f64>angles
      dy += (twice * load<f64>(direction, 16)) / <f64>angles
    }
    memory.copy(room, radii, 4 * <usize>angles)
    for (let i = 0; i < angles; i += 2) {
      const direction = ring + 16 * <usize>i
      const at = 4 * <usize>i
      const start = f64x2.promote_low_f32x4(v128.load64_zero(room + at))
      const cos = v128.load(direction)
      const sin = v128.load(direction, 16)
      const moved = radiusFrom(room, angles, start, cos, sin, dx, dy)
      v128.store64_lane(radii + at, f32x4.demote_f64x2_zero(moved), 0)
    }
    store<f64>(centre, load<f64>(centre) + dx)
    store<f64>(centre, load<f64>(centre, 8) + dy, 8)
  }
}

/** Two radii after the centre moved by (dx, dy), by a few corrections. */
function radiusFrom(
  curve: usize,
  angles: i32,
  start: v128,
  cos: v128,
  sin: v128,
  dx: f64,
  dy: f64,
): v128 {
  let radius = start
  for (let round = 0; round < 3; round++) {
    const px = f64x2.add(f64x2.splat(dx), f64x2.mul(radius, cos))
    const py = f64x2.add(f64x2.splat(dy), f64x2.mul(radius, sin))
    const direction = f64x2.mul(turnOf(px, py), f64x2.splat(<f64>angles))
    const distance = f64x2.sqrt(f64x2.add(f64x2.mul(px, px), f64x2.mul(py, py)))
    radius = f64x2.add(radius, f64x2.sub(radiusAt(curve, angles, direction), distance))
  }
  return radius
}

/** Radii of a contour between two directions, in turns of `angles`. */
function radiusAt(curve: usize, angles: i32, direction: v128): v128 {
  const lower = f64x2.floor(direction)
  const share = f64x2.sub(direction, lower)
  const first = <i32>f64x2.extract_lane(lower, 0)
  const second = <i32>f64x2.extract_lane(lower, 1)
  const near = f64x2(at(curve, angles, first), at(curve, angles, second))
  const far = f64x2(at(curve, angles, first + 1), at(curve, angles, second + 1))
  const left = f64x2.sub(f64x2.splat(1), share)
  return f64x2.add(f64x2.mul(near, left), f64x2.mul(far, share))
}

/** The radius of a direction from -`angles` up. */
function at(curve: usize, angles: i32, direction: i32): f64 {
  return <f64>load<f32>(curve + 4 * <usize>((direction + angles) % angles))
}

/** `turnOf` of ../arithmetic.ts for two places. */
function turnOf(x: v128, y: v128): v128 {
  const none = f64x2.splat(0)
  const ax = f64x2.abs(x)
  const ay = f64x2.abs(y)
  const isSteep = f64x2.gt(ay, ax)
  let slope = f64x2.div(v128.bitselect(ax, ay, isSteep), v128.bitselect(ay, ax, isSteep))
  slope = halved(halved(slope))
  const square = f64x2.mul(slope, slope)
  let series = none
  for (let n: f64 = 25; n > 0; n -= 2) {
    series = f64x2.sub(f64x2.splat(1 / n), f64x2.mul(square, series))
  }
  const scaled = f64x2.mul(f64x2.mul(f64x2.splat(4), slope), series)
  const angle = f64x2.div(scaled, f64x2.splat(TURN))
  const first = v128.bitselect(f64x2.sub(f64x2.splat(0.25), angle), angle, isSteep)
  const isLeft = f64x2.lt(x, none)
  const right = v128.bitselect(f64x2.sub(f64x2.splat(0.5), first), first, isLeft)
  const turn = v128.bitselect(f64x2.neg(right), right, f64x2.lt(y, none))
  // The middle has no direction.
  return v128.and(turn, v128.or(f64x2.ne(ax, none), f64x2.ne(ay, none)))
}

/** The slope of half the angle. */
function halved(slope: v128): v128 {
  const one = f64x2.splat(1)
  const root = f64x2.sqrt(f64x2.add(one, f64x2.mul(slope, slope)))
  return f64x2.div(slope, f64x2.add(one, root))
}
