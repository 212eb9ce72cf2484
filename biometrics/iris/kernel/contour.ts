import { narrowed } from './lanes.ts'
import { sampleRing, soleSteps } from './ring.ts'

/**
 * Steps across `count` radii from `least`, `step` apart, in all directions of a ring: `polarEdges` of
 * ../contour.ts, less their shading where `isSole`. `room` is 5 rings of doubles; `edges` gets a row
 * of `count` floats for each direction.
 */
export function polarSteps(
  data: usize,
  width: i32,
  height: i32,
  x: f64,
  y: f64,
  least: f64,
  step: f64,
  count: i32,
  half: f64,
  isSole: bool,
  ring: usize,
  pairs: i32,
  room: usize,
  edges: usize,
): void {
  const size: usize = 16 * <usize>pairs
  const inner = room + size
  const outer = inner + size
  const steps = outer + 2 * size
  const row: usize = 4 * <usize>count
  for (let k = 0; k < count; k++) {
    const radius = least + <f64>k * step
    sampleRing(data, width, height, x, y, radius - half, ring, pairs, inner)
    sampleRing(data, width, height, x, y, radius + half, ring, pairs, outer)
    if (isSole) {
      const wide = outer + size
      sampleRing(data, width, height, x, y, radius - half - 2 * half, ring, pairs, room)
      sampleRing(data, width, height, x, y, radius + half + 2 * half, ring, pairs, wide)
      soleSteps(room, inner, outer, wide, pairs, steps)
    } else {
      for (let at: usize = 0; at < size; at += 16) {
        v128.store(steps + at, f64x2.sub(v128.load(outer + at), v128.load(inner + at)))
      }
    }
    let to = edges + 4 * <usize>k
    for (let i: usize = 0; i < size; i += 8, to += row) store<f32>(to, <f32>load<f64>(steps + i))
  }
}

/**
 * The best closed path over `angles` rows of `count` edges, as columns (whole numbers) in `columns`:
 * `bestClosedPath` of ../contour.ts. Sums are kept in single precision and added in double. `scores`
 * has room for 2 x (count + 6) doubles, `moves` for 2 x angles x (count + 2) whole numbers.
 */
export function bestPath(
  edges: usize,
  angles: i32,
  count: i32,
  most: f64,
  bend: f64,
  scores: usize,
  moves: usize,
  columns: usize,
): void {
  const size: usize = 8 * <usize>(count + 6)
  let now = scores + 16
  let next = now + size
  clear(now, count)
  const rounds = 2 * angles
  const stride: usize = 4 * <usize>(count + 2)
  for (let i = 0; i < rounds; i++) {
    const row = edges + 4 * <usize>((i % angles) * count)
    advance(now, next, row, count, most, bend, moves + stride * <usize>i)
    const before = now
    now = next
    next = before
  }
  let at = 0
  for (let k = 1; k < count; k++) {
    if (load<f64>(now + 8 * <usize>k) > load<f64>(now + 8 * <usize>at)) at = k
  }
  for (let i = rounds - 1; i >= 0; i--) {
    // The middle of the two rounds has settled at both ends.
    if (i >= angles / 2 && i < angles + angles / 2) {
      store<i32>(columns + 4 * <usize>(i % angles), at)
    }
    at += load<i32>(moves + stride * <usize>i + 4 * <usize>at)
  }
}

/** Sums of nothing, and beside the first and the last a place from which no path comes. */
function clear(scores: usize, count: i32): void {
  for (let k = 0; k < count; k++) store<f64>(scores + 8 * <usize>k, 0)
  bound(scores, count)
}

function bound(scores: usize, count: i32): void {
  store<f64>(scores - 8, -Infinity)
  store<f64>(scores + 8 * <usize>count, -Infinity)
}

/** One direction further, two radii side by side; past the last a vector may compute what is not used. */
function advance(
  scores: usize,
  next: usize,
  edges: usize,
  count: i32,
  most: f64,
  bend: f64,
  moves: usize,
): void {
  const bends = f64x2.splat(bend)
  const limit = f64x2.splat(most)
  for (let k = 0; k < count; k += 2) {
    const at = scores + 8 * <usize>k
    const stay = v128.load(at)
    const above = f64x2.sub(v128.load(at, 8), bends)
    const below = f64x2.sub(v128.load(at - 8), bends)
    const isUp = f64x2.gt(above, stay)
    const best = v128.bitselect(above, stay, isUp)
    // Of equal ways the inner one is kept.
    const isTied = v128.and(f64x2.eq(below, best), isUp)
    const isDown = v128.or(f64x2.gt(below, best), isTied)
    const edge = f64x2.promote_low_f32x4(v128.load64_zero(edges + 4 * <usize>k))
    const sum = f64x2.add(v128.bitselect(below, best, isDown), f64x2.pmin(limit, edge))
    v128.store(next + 8 * <usize>k, narrowed(sum))
    // Masks are -1: up is 1, down is -1.
    const move = v128.bitselect(isDown, i64x2.neg(isUp), isDown)
    const narrow = i32x4.shuffle(move, move, 0, 2, 0, 2)
    v128.store64_lane(moves + 4 * <usize>k, narrow, 0)
  }
  bound(next, count)
}
