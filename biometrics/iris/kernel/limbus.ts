import { clipped, sampleRing, soleSteps } from './ring.ts'
import { QUAD, roughError, roughRing, roughSoleSum, roughSum } from './rough.ts'

/**
 * Bytes of a centre: x, y, distance, what its score and its mean step on the left are at most, and
 * what of it is sampled beyond its edge, in bits.
 */
const CENTRE: usize = 48
const RIGHT_SHADING: i32 = 1
const LEFT_SHADING: i32 = 2
const STEPS: i32 = 4

/**
 * For each of `contrasts` (so many doubles at `steps`), for each of `count` radii from `least`, 2
 * apart, the centre with the best edge on both sides of the pupil at (x, y): `bestCentre` of
 * ../limbus.ts. All centres are rated roughly, those that may be the best exactly; what is sampled
 * serves all contrasts. `right` and `left` are rings of `angles` directions, and one that fills the
 * last pair, `roughs` the same two of `quads` x 4 each; `out` gets x, y and score as doubles for each
 * radius of the first contrast, then of the next. `samples` has 128 x `quads` + 16 x (angles + 1) bytes
 * for each centre and 64 x (angles + 1) more.
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
  steps: usize,
  contrasts: i32,
  right: usize,
  left: usize,
  angles: i32,
  roughs: usize,
  quads: i32,
  centres: usize,
  samples: usize,
  out: usize,
): void {
  const size = sizeOf(quads, angles)
  let radius = least
  for (let i = 0; i < count; i++, radius += 2) {
    const reach = Math.min(0.16 * radius, 0.5 * (radius - pupilRadius))
    const n = placeCentres(x, y, radius, reach, centres)
    const rest = samples + size * <usize>n
    sampleEdges(data, width, height, radius, roughs, quads, centres, n, samples, size)
    for (let step = 0; step < contrasts; step++) {
      const contrast = load<f64>(steps + 8 * <usize>step)
      const to = out + 24 * <usize>(step * count + i)
      store<f64>(to, x)
      store<f64>(to, y, 8)
      store<f64>(to, -1, 16)
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
        const at = samples + size * <usize>k + 128 * <usize>quads
        sampleSteps(data, width, height, radius, right, left, angles, centre, at, rest)
        const score = rate(contrast, angles, centre, at)
        // Of equal ones the first is kept.
        if (score <= load<f64>(to, 16)) continue
        memory.copy(to, centre, 16)
        store<f64>(to, score, 16)
      }
    }
  }
}

/** Bytes of a centre's samples: rough edges and shadings of both sides, and exact steps. */
function sizeOf(quads: i32, angles: i32): usize {
  return 128 * <usize>quads + 32 * <usize>((angles + 1) >> 1)
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
      store<i32>(centre, 0, 40)
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
  const size = sizeOf(quads, angles)
  const error = roughError(width, height, contrast)
  let first = 0
  let most = -Infinity
  for (let k = 0; k < count; k++) {
    const centre = centres + CENTRE * <usize>k
    const bound = boundOf(contrast, roughs, quads, angles, centre, samples + size * <usize>k)
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
      best - error,
    )
    store<f64>(centre, score + error, 24)
    best = Math.max(best, score - error)
  }
  return best
}

/** Samples both sides of each centre roughly on both sides of the edge, `size` bytes apart. */
function sampleEdges(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  roughs: usize,
  quads: i32,
  centres: usize,
  count: i32,
  samples: usize,
  size: usize,
): void {
  const half = halfOf(radius)
  const inner = <f32>(radius - half)
  const outer = <f32>(radius + half)
  for (let k = 0; k < count; k++) {
    const centre = centres + CENTRE * <usize>k
    const x = <f32>load<f64>(centre)
    const y = <f32>load<f64>(centre, 8)
    const near = samples + size * <usize>k
    roughRing(data, width, height, x, y, inner, roughs, 2 * quads, near)
    roughRing(data, width, height, x, y, outer, roughs, 2 * quads, near + 32 * <usize>quads)
  }
}

/** What a centre's score is at most, roughly. */
function boundOf(
  contrast: f64,
  roughs: usize,
  quads: i32,
  angles: i32,
  centre: usize,
  near: usize,
): f64 {
  const ring: usize = 16 * <usize>quads
  const most = <f32>contrast
  const left = roughs + QUAD * <usize>quads
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
  enough: f64,
): f64 {
  const ring: usize = 16 * <usize>quads
  const distance = load<f64>(centre, 16)
  const most = <f32>contrast
  const far = near + 2 * ring
  const shades = near + 4 * ring
  sampleShading(data, width, height, radius, roughs, quads, centre, shades, RIGHT_SHADING)
  const rightSum = roughSoleSum(shades, near, far, shades + ring, roughs, quads, most)
  const onRight = <f64>rightSum / <f64>angles
  if (rateSides(onRight, load<f64>(centre, 32), contrast) - distance < enough) return -Infinity
  const left = roughs + QUAD * <usize>quads
  const others = shades + 2 * ring
  sampleShading(data, width, height, radius, left, quads, centre, others, LEFT_SHADING)
  const leftSum = roughSoleSum(others, near + ring, far + ring, others + ring, left, quads, most)
  return rateSides(onRight, <f64>leftSum / <f64>angles, contrast) - distance
}

/** Samples one side roughly well within and well beyond the edge, unless a contrast before did. */
function sampleShading(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  side: usize,
  quads: i32,
  centre: usize,
  to: usize,
  bit: i32,
): void {
  if (isSampled(centre, bit)) return
  const x = <f32>load<f64>(centre)
  const y = <f32>load<f64>(centre, 8)
  const half = halfOf(radius)
  const wide = to + 16 * <usize>quads
  roughRing(data, width, height, x, y, <f32>(radius - 3 * half), side, quads, to)
  roughRing(data, width, height, x, y, <f32>(radius + 3 * half), side, quads, wide)
}

/** Whether a centre's bit is set; it is from now on. */
function isSampled(centre: usize, bit: i32): bool {
  const bits = load<i32>(centre, 40)
  store<i32>(centre, bits | bit, 40)
  return (bits & bit) !== 0
}

/** Exact steps of both sides, the right one's first, unless a contrast before asked for them. */
function sampleSteps(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  right: usize,
  left: usize,
  angles: i32,
  centre: usize,
  to: usize,
  rest: usize,
): void {
  if (isSampled(centre, STEPS)) return
  const x = load<f64>(centre)
  const y = load<f64>(centre, 8)
  const pairs = (angles + 1) >> 1
  const ring: usize = 16 * <usize>pairs
  const inner = rest + ring
  const outer = inner + ring
  const wide = outer + ring
  const half = halfOf(radius)
  for (let k = 0; k < 2; k++) {
    const side = k === 0 ? right : left
    sampleRing(data, width, height, x, y, radius - half - 2 * half, side, pairs, rest)
    sampleRing(data, width, height, x, y, radius - half, side, pairs, inner)
    sampleRing(data, width, height, x, y, radius + half, side, pairs, outer)
    sampleRing(data, width, height, x, y, radius + half + 2 * half, side, pairs, wide)
    soleSteps(rest, inner, outer, wide, pairs, to + ring * <usize>k)
  }
}

/** `sideScore` of ../limbus.ts, less the centre's distance. */
function rate(contrast: f64, angles: i32, centre: usize, steps: usize): f64 {
  const onRight = meanStep(contrast, angles, steps)
  const onLeft = meanStep(contrast, angles, steps + 16 * <usize>((angles + 1) >> 1))
  return rateSides(onRight, onLeft, contrast) - load<f64>(centre, 16)
}

function meanStep(contrast: f64, angles: i32, steps: usize): f64 {
  let sum = 0.0
  for (let i = 0; i < angles; i++) sum += clipped(load<f64>(steps + 8 * <usize>i), contrast)
  return sum / <f64>angles
}

function halfOf(radius: f64): f64 {
  return Math.max(2.5, 0.05 * radius)
}

/** Both sides must show an edge: the weaker one counts as much as their mean. */
function rateSides(right: f64, left: f64, contrast: f64): f64 {
  return (0.5 * Math.min(left, right) + 0.25 * (left + right)) / contrast
}
