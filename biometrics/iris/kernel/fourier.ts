/**
 * Radii in `angles` directions smoothed to a Fourier series of `terms` terms: `fourierFit` of
 * ../fourier.ts. `bases` holds `stride` doubles for each direction, of which `terms` (an odd number)
 * count. `middle` is 0 or the address of a probable middle: its place and its weights as doubles. `room` is 8 bytes x (angles x (terms + 2) + terms x (terms + 2)) + 8 x angles.
 */
export function fourierFit(
  radii: usize,
  weights: usize,
  bases: usize,
  angles: i32,
  stride: i32,
  terms: i32,
  stiffness: f64,
  middle: usize,
  room: usize,
  out: usize,
): void {
  const current = room
  const order = current + 4 * <usize>angles
  const rows = order + 8 * <usize>angles
  const matrix = rows + 8 * <usize>(angles * (terms + 1))
  memory.copy(current, weights, 4 * <usize>angles)
  for (let i = 0; i < angles; i++) {
    const row = rows + 8 * <usize>(i * (terms + 1))
    memory.copy(row, bases + 8 * <usize>(i * stride), 8 * <usize>terms)
    store<f64>(row + 8 * <usize>terms, <f64>load<f32>(radii + 4 * <usize>i))
    store<u64>(order + 8 * <usize>i, <u64>i)
  }
  for (let round = 0; round < 4; round++) {
    if (round > 0) reweigh(radii, weights, out, angles, order, current)
    fillMatrix(rows, current, angles, terms, stiffness, matrix)
    if (middle !== 0) drawMiddle(matrix, terms, middle)
    solve(matrix, terms)
    for (let i = 0; i < angles; i++) {
      const row = rows + 8 * <usize>(i * (terms + 1))
      let sum = 0.0
      for (let a = 0; a < terms; a++) {
        sum += load<f64>(solutionOf(matrix, terms, a)) * load<f64>(row + 8 * <usize>a)
      }
      store<f32>(out + 4 * <usize>i, <f32>sum)
    }
  }
}

/** Less weight on what lies far from the fit, by the typical miss. */
function reweigh(
  radii: usize,
  weights: usize,
  fitted: usize,
  angles: i32,
  order: usize,
  current: usize,
): void {
  // A miss is not negative, so its bits rank as it does; of equal ones the first direction leads.
  for (let k = 0; k < angles; k++) {
    const at = order + 8 * <usize>k
    const i = load<u32>(at)
    store<u64>(at, ((<u64>reinterpret<u32>(missOf(radii, fitted, i))) << 32) | <u64>i)
  }
  sort(order, angles)
  const typical = Math.max(0.5, weightedMedian(weights, angles, order))
  for (let i = 0; i < angles; i++) {
    const miss = <f64>missOf(radii, fitted, i) / (2 * typical)
    const weight = <f64>load<f32>(weights + 4 * <usize>i)
    store<f32>(current + 4 * <usize>i, <f32>(weight / (1 + miss * miss)))
  }
}

function missOf(radii: usize, fitted: usize, i: u32): f32 {
  const at = 4 * <usize>i
  return <f32>Math.abs(<f64>load<f32>(radii + at) - <f64>load<f32>(fitted + at))
}

/** By insertion: from one round to the next the order hardly changes. */
function sort(keys: usize, count: i32): void {
  for (let k = 1; k < count; k++) {
    const key = load<u64>(keys + 8 * <usize>k)
    let at = keys + 8 * <usize>k
    for (; at > keys && load<u64>(at - 8) > key; at -= 8) store<u64>(at, load<u64>(at - 8))
    store<u64>(at, key)
  }
}

function weightedMedian(weights: usize, angles: i32, order: usize): f64 {
  let left = 0.0
  for (let i = 0; i < angles; i++) left += <f64>load<f32>(weights + 4 * <usize>i)
  left /= 2
  for (let k = 0; k < angles; k++) {
    const key = load<u64>(order + 8 * <usize>k)
    left -= <f64>load<f32>(weights + 4 * <usize>(key & 0xff_ff_ff_ff))
    if (left <= 0) return <f64>reinterpret<f32>(<u32>(key >> 32))
  }
  return 0
}

/** The normal equations, a row of `terms` coefficients and a right side for each term. */
function fillMatrix(
  rows: usize,
  weights: usize,
  angles: i32,
  terms: i32,
  stiffness: f64,
  matrix: usize,
): void {
  const size: usize = 8 * <usize>(terms + 1)
  memory.fill(matrix, 0, size * <usize>terms)
  for (let i = 0; i < angles; i++) {
    const row = rows + size * <usize>i
    const weight = <f64>load<f32>(weights + 4 * <usize>i)
    let to = matrix
    for (let a = 0; a < terms; a++, to += size) {
      const scaled = f64x2.splat(weight * load<f64>(row + 8 * <usize>a))
      for (let b: usize = 0; b < size; b += 16) {
        v128.store(to + b, f64x2.add(v128.load(to + b), f64x2.mul(scaled, v128.load(row + b))))
      }
    }
  }
  for (let a = 1; a < terms; a++) {
    // The shift (first harmonic) is free; bends cost with the fourth power of their harmonic.
    const harmonic = (a + 1) >> 1
    const bending = <f64>(harmonic * harmonic * harmonic * harmonic - 1)
    const at = matrix + (size + 8) * <usize>a
    store<f64>(at, load<f64>(at) + (1e-6 + stiffness * bending))
  }
}

/** Draws the first harmonic, across and down, to where the middle probably lies. */
function drawMiddle(matrix: usize, terms: i32, middle: usize): void {
  for (let a: usize = 1; a < 3; a++) {
    const row = matrix + 8 * <usize>(terms + 1) * a
    const at = middle + 8 * (a - 1)
    const weight = load<f64>(at, 16)
    store<f64>(row + 8 * a, load<f64>(row + 8 * a) + weight)
    const right = row + 8 * <usize>terms
    store<f64>(right, load<f64>(right) + weight * load<f64>(at))
  }
}

/** Solves the equations; the solution takes the right sides' place. */
function solve(matrix: usize, terms: i32): void {
  const size: usize = 8 * <usize>(terms + 1)
  for (let pivot = 0; pivot < terms; pivot++) {
    const lead = matrix + size * <usize>pivot
    const first: usize = 8 * <usize>pivot
    for (let row = pivot + 1; row < terms; row++) {
      const to = matrix + size * <usize>row
      const share = load<f64>(to + first) / unlessZero(load<f64>(lead + first))
      for (let k = first; k < size; k += 8) {
        store<f64>(to + k, load<f64>(to + k) + -share * load<f64>(lead + k))
      }
    }
  }
  for (let row = terms - 1; row >= 0; row--) {
    const from = matrix + size * <usize>row
    const at = solutionOf(matrix, terms, row)
    let sum = load<f64>(at)
    for (let k = row + 1; k < terms; k++) {
      sum -= load<f64>(from + 8 * <usize>k) * load<f64>(solutionOf(matrix, terms, k))
    }
    store<f64>(at, sum / unlessZero(load<f64>(from + 8 * <usize>row)))
  }
}

function solutionOf(matrix: usize, terms: i32, row: i32): usize {
  return matrix + 8 * <usize>(row * (terms + 1) + terms)
}

function unlessZero(value: f64): f64 {
  return value === 0 ? 1e-9 : value
}
