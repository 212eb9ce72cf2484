import { narrowed } from './lanes.ts'

/*
 * Filters of the unrolled iris, whose rows close on themselves; the twins are in ../gabor.ts. Rows have
 * an even number of columns.
 */

/**
 * Values as deviations from a window's mean in units of its deviation, 0 where `weights` is:
 * `normalise`. `room` has space for 6 sheets of floats and a row of doubles.
 */
export function normalise(
  values: usize,
  weights: usize,
  rows: i32,
  columns: i32,
  reachRows: i32,
  reachColumns: i32,
  room: usize,
  out: usize,
): void {
  const count = rows * columns
  const sheet: usize = 4 * <usize>count
  const first = room + 3 * sheet
  const second = first + sheet
  const across = second + sheet
  const running = across + sheet
  for (let i: usize = 0; i < sheet; i += 8) {
    const isUsed = f64x2.ne(doublesAt(weights + i), f64x2.splat(0))
    const value = v128.and(doublesAt(values + i), isUsed)
    storeFloats(first + i, value)
    storeFloats(second + i, f64x2.mul(value, value))
  }
  boxSum(weights, rows, columns, reachRows, reachColumns, across, running, room)
  boxSum(first, rows, columns, reachRows, reachColumns, across, running, room + sheet)
  boxSum(second, rows, columns, reachRows, reachColumns, across, running, room + 2 * sheet)
  for (let i: usize = 0; i < sheet; i += 8) {
    const isUsed = f64x2.ne(doublesAt(weights + i), f64x2.splat(0))
    const n = doublesAt(room + i)
    const mean = f64x2.div(doublesAt(room + sheet + i), n)
    const squares = f64x2.div(doublesAt(room + 2 * sheet + i), n)
    const variance = f64x2.sub(squares, f64x2.mul(mean, mean))
    // A deviation of two grey levels is the sensor's noise: flat places stay flat.
    const noisy = f64x2.add(f64x2.pmax(variance, f64x2.splat(0)), f64x2.splat(4))
    const share = f64x2.div(f64x2.sub(doublesAt(values + i), mean), f64x2.sqrt(noisy))
    const clipped = f64x2.pmax(f64x2.pmin(share, f64x2.splat(3)), f64x2.splat(-3))
    storeFloats(out + i, v128.and(clipped, isUsed))
  }
}

/** Sums over windows; running sums are doubles, what is kept between the passes is not. */
function boxSum(
  data: usize,
  rows: i32,
  columns: i32,
  reachRows: i32,
  reachColumns: i32,
  across: usize,
  running: usize,
  out: usize,
): void {
  for (let row = 0; row < rows; row++) {
    const at = 4 * <usize>(row * columns)
    sumAcross(data + at, columns, reachColumns, across + at)
  }
  memory.fill(running, 0, 8 * <usize>columns)
  for (let row = 0; row < reachRows; row++) addRow(across, rows, columns, row, -1, running)
  for (let row = 0; row < rows; row++) {
    addRow(across, rows, columns, row + reachRows, row - reachRows - 1, running)
    const to = out + 4 * <usize>(row * columns)
    for (let i: usize = 0; i < 4 * <usize>columns; i += 8) {
      storeFloats(to + i, v128.load(running + 2 * i))
    }
  }
}

function sumAcross(from: usize, columns: i32, reach: i32, to: usize): void {
  let sum = 0.0
  for (let k = -reach; k <= reach; k++) sum += closed(from, columns, k)
  for (let column = 0; column < columns; column++) {
    store<f32>(to + 4 * <usize>column, <f32>sum)
    sum += closed(from, columns, column + reach + 1) - closed(from, columns, column - reach)
  }
}

/** A value of a row that closes on itself. */
function closed(from: usize, columns: i32, column: i32): f64 {
  const at = column < 0 ? column + columns : column >= columns ? column - columns : column
  return <f64>load<f32>(from + 4 * <usize>at)
}

/** Takes one row into running sums and another out of them; outside the sheet there is nothing. */
function addRow(data: usize, rows: i32, columns: i32, taken: i32, left: i32, running: usize): void {
  const none = f64x2.splat(0)
  const from = data + 4 * <usize>(taken * columns)
  const other = data + 4 * <usize>(left * columns)
  for (let i: usize = 0; i < 4 * <usize>columns; i += 8) {
    const more = taken < rows ? doublesAt(from + i) : none
    const less = left < 0 ? none : doublesAt(other + i)
    const at = running + 2 * i
    v128.store(at, f64x2.add(v128.load(at), f64x2.sub(more, less)))
  }
}

/**
 * Means of rows weighed with `taps` floats around `kept` rows that lie evenly, beyond the sheet's ends
 * of its last row: `smoothRows`. A sum is rounded to single precision after each tap, as the twin's is.
 */
export function smoothRows(
  data: usize,
  rows: i32,
  columns: i32,
  weights: usize,
  taps: i32,
  kept: i32,
  out: usize,
): void {
  const reach = taps >> 1
  const step = <f64>rows / <f64>kept
  for (let row = 0; row < kept; row++) {
    const top = <i32>Math.floor((<f64>row + 0.5) * step) - reach
    const to = out + 4 * <usize>(row * columns)
    for (let i: usize = 0; i < 4 * <usize>columns; i += 16) {
      let a = f64x2.splat(0)
      let b = a
      for (let k = 0; k < taps; k++) {
        const source = max(0, min(rows - 1, top + k))
        const from = data + 4 * <usize>(source * columns) + i
        const weight = f64x2.splat(<f64>load<f32>(weights + 4 * <usize>k))
        a = narrowed(f64x2.add(a, f64x2.mul(weight, doublesAt(from))))
        b = narrowed(f64x2.add(b, f64x2.mul(weight, doublesAt(from + 8))))
      }
      storeFloats(to + i, a)
      storeFloats(to + i + 8, b)
    }
  }
}

/**
 * Correlates rows with `taps` weights (doubles) at every second column, the first at its middle:
 * `convolveRows`. `room` has space for columns + taps + 16 doubles.
 */
export function convolveRows(
  data: usize,
  rows: i32,
  columns: i32,
  weights: usize,
  taps: i32,
  room: usize,
  out: usize,
): void {
  const half = columns >> 1
  // Even places of the closed row, then the odd ones.
  const odd = room + 8 * <usize>(half + (taps >> 1) + 8)
  for (let row = 0; row < rows; row++) {
    const from = data + 4 * <usize>(row * columns)
    for (let k = 0; k < columns + taps; k++) {
      const to = (k & 1 ? odd : room) + 8 * <usize>(k >> 1)
      store<f64>(to, closed(from, columns, k - (taps >> 1)))
    }
    const to = out + 4 * <usize>(row * half)
    for (let i = 0; i < half; i += 8) {
      let a = f64x2.splat(0)
      let b = a
      let c = a
      let d = a
      for (let k = 0; k < taps; k++) {
        const at = (k & 1 ? odd : room) + 8 * <usize>(i + (k >> 1))
        const weight = v128.load64_splat(weights + 8 * <usize>k)
        a = f64x2.add(a, f64x2.mul(weight, v128.load(at)))
        b = f64x2.add(b, f64x2.mul(weight, v128.load(at, 16)))
        c = f64x2.add(c, f64x2.mul(weight, v128.load(at, 32)))
        d = f64x2.add(d, f64x2.mul(weight, v128.load(at, 48)))
      }
      const place = to + 4 * <usize>i
      storeFloats(place, a)
      storeFloats(place + 8, b)
      storeFloats(place + 16, c)
      storeFloats(place + 24, d)
    }
  }
}

function doublesAt(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from))
}

function storeFloats(to: usize, doubles: v128): void {
  v128.store64_lane(to, f32x4.demote_f64x2_zero(doubles), 0)
}
