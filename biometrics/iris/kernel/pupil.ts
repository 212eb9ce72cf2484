import { clipped, PAIR, sampleRing } from './ring.ts'

/** Bytes of a circle found: x, y, radius and score as doubles. */
const CIRCLE: usize = 32
/** Bins of scores 0..1, by which the least score that is still among the best is known. */
const BINS: i32 = 1024
/** Sums in different orders differ by far less. */
const MARGIN: f64 = 1e-9

/**
 * Circles with a step from dark to bright around every second place of a checkered grid, as
 * `clearestEdges` of ../pupil.ts finds them: among them the `wanted` best, one radius a place. It
 * returns how many. `angles` is a multiple of 8; `room` is 56 x angles + 4,104 bytes.
 */
export function pupilCircles(
  data: usize,
  width: i32,
  height: i32,
  ring: usize,
  angles: i32,
  contrast: f64,
  brightest: f32,
  leastScore: f64,
  wanted: i32,
  room: usize,
  out: usize,
): i32 {
  const mixed = room
  const ranking = room + 8 * <usize>(7 * angles)
  mixRing(ring, angles, mixed)
  startRanking(ranking, leastScore)
  let end = out
  // A coarse grid first: it soon shows what a circle must reach to be among the best.
  for (let grid = 0; grid < 4; grid++) {
    for (let y = 4 + 2 * (grid & 1); y < height - 4; y += 4) {
      for (let x = 4 + ((grid + 1) & 2); x < width - 4; x += 4) {
        if (load<f32>(data + 4 * <usize>(y * width + x)) > brightest) continue
        const enough = Math.max(leastScore, leastRanked(ranking))
        bestRadius(data, width, height, x, y, mixed, angles, contrast, enough, end)
        end += rank(ranking, load<f64>(end, 24), wanted)
      }
    }
  }
  return <i32>((end - out) / CIRCLE)
}

/* A ranking counts scores in bins; behind them lie the lowest bin that matters and what is above. */

function startRanking(ranking: usize, least: f64): void {
  memory.fill(ranking, 0, 4 * <usize>(BINS + 2))
  store<i32>(ranking + 4 * <usize>BINS, <i32>Math.floor(least * <f64>BINS))
}

/** No score below this one is among the best. */
function leastRanked(ranking: usize): f64 {
  return <f64>load<i32>(ranking + 4 * <usize>BINS) / <f64>BINS - MARGIN
}

/** Takes a score in; returns the bytes of its circle, 0 where there is none. */
function rank(ranking: usize, score: f64, wanted: i32): usize {
  if (score === 0) return 0
  const state = ranking + 4 * <usize>BINS
  const place = min(BINS - 1, <i32>(score * <f64>BINS))
  const slot = ranking + 4 * <usize>place
  store<i32>(slot, load<i32>(slot) + 1)
  let bin = load<i32>(state)
  if (place < bin) return CIRCLE
  let above = load<i32>(state, 4) + 1
  // The lowest bin is given up when those over it hold as many as are wanted.
  for (;;) {
    const left = above - load<i32>(ranking + 4 * <usize>bin)
    if (left < wanted) break
    above = left
    bin++
  }
  store<i32>(state, bin)
  store<i32>(state, above, 4)
  return CIRCLE
}

/** Pairs of directions in an order that looks all around early. */
function mixRing(ring: usize, angles: i32, mixed: usize): void {
  for (let k = 0; k < angles >> 1; k++) {
    memory.copy(mixed + PAIR * <usize>k, ring + PAIR * <usize>mixedPair(k, angles), PAIR)
  }
}

/** The pair at place k of the mixed order: opposite ones in turn, neighbours late. */
function mixedPair(k: i32, angles: i32): i32 {
  const half = angles >> 2
  const chunk = k >> 1
  const first = (chunk >> 1) + (chunk & 1) * ((half + 1) >> 1)
  return k & 1 ? first + half : first
}

/** The circle with the best edge around a place, its score 0 where none is above `enough`. */
function bestRadius(
  data: usize,
  width: i32,
  height: i32,
  x: i32,
  y: i32,
  mixed: usize,
  angles: i32,
  contrast: f64,
  enough: f64,
  out: usize,
): void {
  const least = Math.max(5, <f64>height * 0.035)
  const most = <f64>height * 0.32
  let best = enough
  let found = 0.0
  for (let radius = least; radius <= most; radius += 1 + radius / 24) {
    const score = edgeScore(data, width, height, x, y, radius, mixed, angles, contrast, best)
    if (score > best) {
      best = score
      found = radius
    }
  }
  store<f64>(out, <f64>x)
  store<f64>(out, <f64>y, 8)
  store<f64>(out, found, 16)
  store<f64>(out, found > 0 ? best : 0, 24)
}

/** `edgeScore` of ../pupil.ts; 0 where it cannot be more than `enough`. */
function edgeScore(
  data: usize,
  width: i32,
  height: i32,
  x: i32,
  y: i32,
  radius: f64,
  mixed: usize,
  angles: i32,
  contrast: f64,
  enough: f64,
): f64 {
  const bytes: usize = 8 * <usize>angles
  const near = mixed + 2 * bytes
  const far = near + bytes
  const steps = far + bytes
  const half = 2 + 0.06 * radius
  const full = <f64>angles * contrast
  let sum = 0.0
  let inside = 0.0
  for (let k = 0; k < angles >> 1; k += 2) {
    const at = mixed + PAIR * <usize>k
    sampleRing(data, width, height, x, y, radius - half, at, 2, near)
    sampleRing(data, width, height, x, y, radius + half, at, 2, far)
    for (let i = 0; i < 4; i++) {
      const inner = load<f64>(near + 8 * <usize>i)
      const step = clipped(load<f64>(far + 8 * <usize>i) - inner, contrast)
      inside += inner
      sum += step
      const place = 2 * mixedPair(k + (i >> 1), angles) + (i & 1)
      store<f64>(steps + 16 * <usize>place, inner)
      store<f64>(steps + 16 * <usize>place, step, 8)
    }
    const left = <f64>(angles - 2 * k - 4) * contrast
    // What is inside only grows, so its darkness only falls.
    if (((sum + left) / full) * darkness(inside / <f64>angles) < enough - MARGIN) return 0
  }
  return rated(steps, angles, full)
}

/** The score of all steps, added up in the ring's own order. */
function rated(steps: usize, angles: i32, full: f64): f64 {
  let sum = 0.0
  let inside = 0.0
  for (let i = 0; i < angles; i++) {
    inside += load<f64>(steps + 16 * <usize>i)
    sum += load<f64>(steps + 16 * <usize>i, 8)
    // A third without an edge is none.
    if (i === 7 && sum < 0) return 0
  }
  return (sum / full) * darkness(inside / <f64>angles)
}

function darkness(level: f64): f64 {
  return 1 - Math.max(0, level - 40) / 200
}
