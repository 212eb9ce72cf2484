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

/** Bytes of a lid: x, y, radius, top, bend and tilt as doubles. */
const LID: usize = 48

/**
 * 1 in a byte for each cell that lies in the raster `glints`, on none of its pixels of 1, and between
 * the lids (upper, lower; one without radius covers nothing), else 0: `usableCells` of ../unroll.ts.
 */
export function usableCells(
  lines: usize,
  rows: i32,
  columns: i32,
  glints: usize,
  width: i32,
  height: i32,
  lids: usize,
  out: usize,
): void {
  const none = f64x2.splat(0)
  const right = f64x2.splat(<f64>(width - 1))
  const bottom = f64x2.splat(<f64>(height - 1))
  const size: usize = 8 * <usize>columns
  for (let i: usize = 0; i < size; i += 16) {
    const startX = v128.load(lines + i)
    const startY = v128.load(lines + size + i)
    const across = v128.load(lines + 2 * size + i)
    const down = v128.load(lines + 3 * size + i)
    let to = out + (i >> 3)
    for (let row = 0; row < rows; row++, to += columns) {
      const share = f64x2.splat((<f64>row + 0.5) / <f64>rows)
      const x = f64x2.add(startX, f64x2.mul(share, across))
      const y = f64x2.add(startY, f64x2.mul(share, down))
      const isRight = v128.and(f64x2.ge(x, none), f64x2.le(x, right))
      const isInside = v128.and(isRight, v128.and(f64x2.ge(y, none), f64x2.le(y, bottom)))
      const isBeyond = v128.or(beyond(lids, x, y, -1), beyond(lids + LID, x, y, 1))
      const isOpen = v128.andnot(isInside, isBeyond)
      const x0 = f64x2.extract_lane(x, 0)
      const y0 = f64x2.extract_lane(y, 0)
      store<u8>(to, clearOf(glints, width, x0, y0, i64x2.extract_lane(isOpen, 0)))
      const x1 = f64x2.extract_lane(x, 1)
      const y1 = f64x2.extract_lane(y, 1)
      store<u8>(to, clearOf(glints, width, x1, y1, i64x2.extract_lane(isOpen, 1)), 1)
    }
  }
}

function beyond(lid: usize, px: v128, py: v128, side: f64): v128 {
  const radius = load<f64>(lid, 16)
  if (radius === 0) return f64x2.splat(0)
  const scale = f64x2.splat(radius)
  const u = f64x2.div(f64x2.sub(px, f64x2.splat(load<f64>(lid))), scale)
  const bend = f64x2.mul(f64x2.mul(f64x2.splat(load<f64>(lid, 32)), u), u)
  const tilt = f64x2.mul(f64x2.splat(load<f64>(lid, 40)), u)
  const edge = f64x2.add(f64x2.add(f64x2.splat(load<f64>(lid, 24)), bend), tilt)
  const at = f64x2.add(f64x2.splat(load<f64>(lid, 8)), f64x2.mul(scale, edge))
  const past = f64x2.mul(f64x2.splat(side), f64x2.sub(py, at))
  return f64x2.gt(past, f64x2.splat(-0.02 * radius))
}

/** 1 where no glint lies on the pixel nearest to an `open` place, else 0. */
function clearOf(glints: usize, width: i32, x: f64, y: f64, isOpen: i64): u8 {
  if (isOpen === 0) return 0
  const at = rounded(y) * width + rounded(x)
  return load<f32>(glints + 4 * <usize>at) === 1 ? 0 : 1
}

/** A place rounded half up. */
function rounded(place: f64): i32 {
  const whole = Math.floor(place)
  return <i32>(place - whole >= 0.5 ? whole + 1 : whole)
}
