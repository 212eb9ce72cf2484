import { clipped, sampleRing } from './ring.ts'
import { QUAD, roughError, roughRing, roughSum, total } from './rough.ts'

/** Bytes of a circle found: x, y, radius and score as doubles. */
const CIRCLE: usize = 32
/** Bins of scores 0..1, by which the least score that is still among the best is known. */
const BINS: i32 = 1024
/** Directions that must show an edge of their own. */
const THIRD: i32 = 8
/** More radii than any image has. */
const MOST_RADII: usize = 128

/**
 * Circles with a step from dark to bright around every second place of a checkered grid, as
 * `clearestEdges` of ../pupil.ts finds them: among them the `wanted` best, one radius a place. It
 * returns how many. `ring` and `roughs` hold the same `angles` directions, a multiple of 8. `room`
 * is 16 x angles + 6,152 bytes.
 */
export function pupilCircles(
  data: usize,
  width: i32,
  height: i32,
  ring: usize,
  roughs: usize,
  angles: i32,
  contrast: f64,
  brightest: f32,
  leastScore: f64,
  wanted: i32,
  room: usize,
  out: usize,
): i32 {
  const ranking = room
  const scores = ranking + 4 * <usize>(BINS + 2)
  const samples = scores + 16 * MOST_RADII
  startRanking(ranking, leastScore)
  let end = out
  // A coarse grid first: it soon shows what a circle must reach to be among the best.
  for (let grid = 0; grid < 4; grid++) {
    for (let y = 4 + 2 * (grid & 1); y < height - 4; y += 4) {
      for (let x = 4 + ((grid + 1) & 2); x < width - 4; x += 4) {
        if (load<f32>(data + 4 * <usize>(y * width + x)) > brightest) continue
        const enough = Math.max(leastScore, leastRanked(ranking))
        store<f64>(end, <f64>x)
        store<f64>(end, <f64>y, 8)
        store<f64>(end, enough, 24)
        const count = rateRoughly(
          data,
          width,
          height,
          roughs,
          angles,
          contrast,
          end,
          scores,
          samples,
        )
        bestRadius(data, width, height, ring, angles, contrast, end, scores, count, samples)
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
  return <f64>load<i32>(ranking + 4 * <usize>BINS) / <f64>BINS - 1e-9
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

/**
 * Radii around a place that may have its best score, above what is enough, into `scores`: each with
 * what its score is at most. What one of them has at least is then enough for `circle`.
 */
function rateRoughly(
  data: usize,
  width: i32,
  height: i32,
  roughs: usize,
  angles: i32,
  contrast: f64,
  circle: usize,
  scores: usize,
  samples: usize,
): i32 {
  const x = <f32>load<f64>(circle)
  const y = <f32>load<f64>(circle, 8)
  const error = roughError(width, height, contrast)
  const most = <f64>height * 0.32
  let least = load<f64>(circle, 24)
  let to = scores
  for (let radius = Math.max(5, <f64>height * 0.035); radius <= most; radius += 1 + radius / 24) {
    const enough = least - error
    const score = roughScore(
      data,
      width,
      height,
      x,
      y,
      radius,
      roughs,
      angles,
      contrast,
      enough,
      samples,
    )
    if (score === 0) continue
    store<f64>(to, radius)
    store<f64>(to, Math.abs(score) + error, 8)
    to += 16
    least = Math.max(least, score - error)
  }
  store<f64>(circle, least, 16)
  return <i32>((to - scores) >> 4)
}

/**
 * `edgeScore` of ../pupil.ts roughly: 0 where it is less than `enough` or its first third has no edge,
 * below 0 where that is in doubt.
 */
function roughScore(
  data: usize,
  width: i32,
  height: i32,
  x: f32,
  y: f32,
  radius: f64,
  roughs: usize,
  angles: i32,
  contrast: f64,
  enough: f64,
  samples: usize,
): f64 {
  const half = 2 + 0.06 * radius
  const full = <f64>angles * contrast
  const least = enough * full
  const doubt = <f64>THIRD * contrast * roughError(width, height, contrast)
  const perLevel = 1 / <f64>angles
  let sum = 0.0
  let dark = 1.0
  let inside = 0.0
  let isInDoubt = false
  for (let i = 0; i < angles; i += THIRD) {
    const quads = roughs + (QUAD / 4) * <usize>i
    roughRing(data, width, height, x, y, <f32>(radius - half), quads, 2, samples)
    roughRing(data, width, height, x, y, <f32>(radius + half), quads, 2, samples + 32)
    inside += <f64>total(f32x4.add(v128.load(samples), v128.load(samples, 16)))
    sum += <f64>roughSum(samples, samples + 32, quads, 2, <f32>contrast)
    // What is inside only grows, so its darkness only falls.
    dark = 1 - Math.max(0, inside * perLevel - 40) * 0.005
    if ((sum + <f64>(angles - i - THIRD) * contrast) * dark < least) return 0
    if (i > 0) continue
    if (sum < -doubt) return 0
    isInDoubt = sum < doubt
  }
  const score = (sum / full) * dark
  return isInDoubt ? -score : score
}

/** The circle with the best edge around a place, its score 0 where none is above what is enough. */
function bestRadius(
  data: usize,
  width: i32,
  height: i32,
  ring: usize,
  angles: i32,
  contrast: f64,
  circle: usize,
  scores: usize,
  count: i32,
  samples: usize,
): void {
  const x = load<f64>(circle)
  const y = load<f64>(circle, 8)
  const least = load<f64>(circle, 16)
  let best = load<f64>(circle, 24)
  let found = 0.0
  for (let i = 0; i < count; i++) {
    const at = scores + 16 * <usize>i
    if (load<f64>(at, 8) < least) continue
    const radius = load<f64>(at)
    const score = edgeScore(data, width, height, x, y, radius, ring, angles, contrast, samples)
    if (score > best) {
      best = score
      found = radius
    }
  }
  store<f64>(circle, found, 16)
  store<f64>(circle, found > 0 ? best : 0, 24)
}

/** `edgeScore` of ../pupil.ts, the steps added up in the ring's order. */
function edgeScore(
  data: usize,
  width: i32,
  height: i32,
  x: f64,
  y: f64,
  radius: f64,
  ring: usize,
  angles: i32,
  contrast: f64,
  samples: usize,
): f64 {
  const half = 2 + 0.06 * radius
  const far = samples + 8 * <usize>angles
  sampleRing(data, width, height, x, y, radius - half, ring, angles >> 1, samples)
  sampleRing(data, width, height, x, y, radius + half, ring, angles >> 1, far)
  let sum = 0.0
  let inside = 0.0
  for (let i = 0; i < angles; i++) {
    const near = load<f64>(samples + 8 * <usize>i)
    inside += near
    sum += clipped(load<f64>(far + 8 * <usize>i) - near, contrast)
    // A third without an edge is none.
    if (i + 1 === THIRD && sum < 0) return 0
  }
  return (sum / (<f64>angles * contrast)) * darkness(inside / <f64>angles)
}

function darkness(level: f64): f64 {
  return 1 - Math.max(0, level - 40) / 200
}
