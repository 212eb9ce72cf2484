import { clipped, sampleRing, soleSteps } from './ring.ts'
import { QUAD, roughError, roughRing, roughSoleSum, roughSum } from './rough.ts'

/** Bytes of a centre: x, y, distance, and what its score and its mean step on the left are at most. */
const CENTRE: usize = 40

/**
 * For each of `count` radii from `least`, 2 apart, the centre with the best edge on both sides of the
 * pupil at (x, y): `bestCentre` of ../limbus.ts. All centres are rated roughly, those that may be the
 * best exactly. `right` and `left` are rings of `angles` directions, and one that fills the last
 * pair, `roughs` the same two of `quads` x 4 each; `out` gets x, y and score as doubles for each radius.
 */
export function limbusCircles(
  data: usize,
  width: i32,
  height: i32,
  x: f64,
  y: f64,
  pupilRadius: f64,
  least: f64,
  count: i32,
  contrast: f64,
  right: usize,
  left: usize,
  angles: i32,
  roughs: usize,
  quads: i32,
  centres: usize,
  samples: usize,
  out: usize,
): void {
  let radius = least
  for (let i = 0; i < count; i++, radius += 2) {
    const reach = Math.min(0.16 * radius, 0.5 * (radius - pupilRadius))
    const to = out + 24 * <usize>i
    store<f64>(to, x)
    store<f64>(to, y, 8)
    store<f64>(to, -1, 16)
    const n = placeCentres(x, y, radius, reach, centres)
    const best = rateRoughly(
      data,
      width,
      height,
      radius,
      contrast,
      roughs,
      quads,
      angles,
      centres,
      n,
      samples,
    )
    for (let k = 0; k < n; k++) {
      const centre = centres + CENTRE * <usize>k
      if (load<f64>(centre, 24) < best) continue
      const score = rate(
        data,
        width,
        height,
        radius,
        contrast,
        right,
        left,
        angles,
        centre,
        samples,
      )
      // Of equal ones the first is kept.
      if (score <= load<f64>(to, 16)) continue
      memory.copy(to, centre, 16)
      store<f64>(to, score, 16)
    }
  }
}

/** The centres of one radius; returns how many. */
function placeCentres(x: f64, y: f64, radius: f64, reach: f64, centres: usize): i32 {
  let n = 0
  for (let dy = -reach; dy <= reach; dy += reach / 3) {
    for (let dx = -reach; dx <= reach; dx += reach / 4) {
      const centre = centres + CENTRE * <usize>n
      store<f64>(centre, x + dx)
      store<f64>(centre, y + dy, 8)
      store<f64>(centre, (2 * (dx * dx + dy * dy)) / (radius * radius), 16)
      n++
    }
  }
  return n
}

/** Stores what each centre's score is at most; returns what one of them has at least. */
function rateRoughly(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  contrast: f64,
  roughs: usize,
  quads: i32,
  angles: i32,
  centres: usize,
  count: i32,
  samples: usize,
): f64 {
  const size: usize = 64 * <usize>quads
  const rest = samples + size * <usize>count
  const error = roughError(width, height, contrast)
  let first = 0
  let most = -Infinity
  for (let k = 0; k < count; k++) {
    const centre = centres + CENTRE * <usize>k
    const at = samples + size * <usize>k
    const bound = boundOf(data, width, height, radius, contrast, roughs, quads, angles, centre, at)
    if (bound > most) {
      most = bound
      first = k
    }
  }
  let best = -Infinity
  // The most promising first, then all that may be better.
  for (let i = -1; i < count; i++) {
    const k = i < 0 ? first : i
    const centre = centres + CENTRE * <usize>k
    if (i === first || load<f64>(centre, 24) + error < best) continue
    const at = samples + size * <usize>k
    const score = roughScore(
      data,
      width,
      height,
      radius,
      contrast,
      roughs,
      quads,
      angles,
      centre,
      at,
      rest,
      best - error,
    )
    store<f64>(centre, score + error, 24)
    best = Math.max(best, score - error)
  }
  return best
}

/** What a centre's score is at most, roughly; samples both sides on both sides of the edge. */
function boundOf(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  contrast: f64,
  roughs: usize,
  quads: i32,
  angles: i32,
  centre: usize,
  near: usize,
): f64 {
  const ring: usize = 16 * <usize>quads
  const x = <f32>load<f64>(centre)
  const y = <f32>load<f64>(centre, 8)
  const half = halfOf(radius)
  const inner = <f32>(radius - half)
  const outer = <f32>(radius + half)
  const most = <f32>contrast
  const left = roughs + QUAD * <usize>quads
  roughRing(data, width, height, x, y, inner, roughs, 2 * quads, near)
  roughRing(data, width, height, x, y, outer, roughs, 2 * quads, near + 2 * ring)
  const onRight = <f64>roughSum(near, near + 2 * ring, roughs, quads, most) / <f64>angles
  const onLeft = <f64>roughSum(near + ring, near + 3 * ring, left, quads, most) / <f64>angles
  const bound = rateSides(onRight, onLeft, contrast) - load<f64>(centre, 16)
  store<f64>(centre, bound, 24)
  store<f64>(centre, onLeft, 32)
  return bound
}

/** A centre's score roughly; -Infinity where it is less than `enough`. */
function roughScore(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  contrast: f64,
  roughs: usize,
  quads: i32,
  angles: i32,
  centre: usize,
  near: usize,
  rest: usize,
  enough: f64,
): f64 {
  const ring: usize = 16 * <usize>quads
  const x = <f32>load<f64>(centre)
  const y = <f32>load<f64>(centre, 8)
  const distance = load<f64>(centre, 16)
  const half = halfOf(radius)
  const deep = <f32>(radius - 3 * half)
  const wide = <f32>(radius + 3 * half)
  const most = <f32>contrast
  const far = near + 2 * ring
  roughRing(data, width, height, x, y, deep, roughs, quads, rest)
  roughRing(data, width, height, x, y, wide, roughs, quads, rest + ring)
  const rightSum = roughSoleSum(rest, near, far, rest + ring, roughs, quads, most)
  const onRight = <f64>rightSum / <f64>angles
  if (rateSides(onRight, load<f64>(centre, 32), contrast) - distance < enough) return -Infinity
  const left = roughs + QUAD * <usize>quads
  roughRing(data, width, height, x, y, deep, left, quads, rest)
  roughRing(data, width, height, x, y, wide, left, quads, rest + ring)
  const leftSum = roughSoleSum(rest, near + ring, far + ring, rest + ring, left, quads, most)
  return rateSides(onRight, <f64>leftSum / <f64>angles, contrast) - distance
}

/** `sideScore` of ../limbus.ts, less the centre's distance. */
function rate(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  contrast: f64,
  right: usize,
  left: usize,
  angles: i32,
  centre: usize,
  samples: usize,
): f64 {
  const onRight = meanStep(data, width, height, radius, contrast, right, angles, centre, samples)
  const onLeft = meanStep(data, width, height, radius, contrast, left, angles, centre, samples)
  return rateSides(onRight, onLeft, contrast) - load<f64>(centre, 16)
}

function meanStep(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  contrast: f64,
  side: usize,
  angles: i32,
  centre: usize,
  samples: usize,
): f64 {
  const x = load<f64>(centre)
  const y = load<f64>(centre, 8)
  const pairs = (angles + 1) >> 1
  const ring: usize = 16 * <usize>pairs
  const inner = samples + ring
  const outer = inner + ring
  const wide = outer + ring
  const half = halfOf(radius)
  sampleRing(data, width, height, x, y, radius - half - 2 * half, side, pairs, samples)
  sampleRing(data, width, height, x, y, radius - half, side, pairs, inner)
  sampleRing(data, width, height, x, y, radius + half, side, pairs, outer)
  sampleRing(data, width, height, x, y, radius + half + 2 * half, side, pairs, wide)
  soleSteps(samples, inner, outer, wide, pairs, samples)
  let sum = 0.0
  for (let i = 0; i < angles; i++) sum += clipped(load<f64>(samples + 8 * <usize>i), contrast)
  return sum / <f64>angles
}

function halfOf(radius: f64): f64 {
  return Math.max(2.5, 0.05 * radius)
}

/** Both sides must show an edge: the weaker one counts as much as their mean. */
function rateSides(right: f64, left: f64, contrast: f64): f64 {
  return (0.5 * Math.min(left, right) + 0.25 * (left + right)) / contrast
}
