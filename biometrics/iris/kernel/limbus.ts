import { clipped, clippedSum, sampleRing, soleSteps } from './ring.ts'

/** Bytes of a centre: x, y, distance, bound, and the greatest mean steps right and left. */
const CENTRE: usize = 48
/** Differences between bounds and scores that come from rounding are far below. */
const MARGIN: f64 = 1e-9

/**
 * For each of `count` radii from `least`, 2 apart, the centre with the best edge on both sides of the
 * pupil at (x, y): `bestCentre` of ../limbus.ts. Of each centre the steps are sampled first, which
 * bound what is left of them without their shading; then the most promising are looked at while one
 * can still be better. `right` and `left` are rings of `angles` directions and one that fills the
 * last pair; `out` gets x, y and score as doubles for each radius.
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
  centres: usize,
  samples: usize,
  out: usize,
): void {
  let radius = least
  for (let i = 0; i < count; i++, radius += 2) {
    const reach = Math.min(0.16 * radius, 0.5 * (radius - pupilRadius))
    const half = Math.max(2.5, 0.05 * radius)
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
    const ring: usize = sizeOfRing(angles)
    for (let k = 0; k < n; k++) {
      const centre = centres + CENTRE * <usize>k
      const near = samples + 4 * ring * <usize>k
      boundOf(data, width, height, radius, half, contrast, right, left, angles, centre, near)
    }
    const to = out + 24 * <usize>i
    store<f64>(to, x)
    store<f64>(to, y, 8)
    store<f64>(to, -1, 16)
    bestOf(
      data,
      width,
      height,
      radius,
      half,
      contrast,
      right,
      left,
      angles,
      centres,
      n,
      samples,
      to,
    )
  }
}

function sizeOfRing(angles: i32): usize {
  return 16 * <usize>((angles + 1) >> 1)
}

/** Samples both sides at both radii into `near`, and stores what they allow a centre. */
function boundOf(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  half: f64,
  contrast: f64,
  right: usize,
  left: usize,
  angles: i32,
  centre: usize,
  near: usize,
): void {
  const x = load<f64>(centre)
  const y = load<f64>(centre, 8)
  const pairs = (angles + 1) >> 1
  const size: usize = sizeOfRing(angles)
  sampleRing(data, width, height, x, y, radius - half, right, pairs, near)
  sampleRing(data, width, height, x, y, radius + half, right, pairs, near + size)
  sampleRing(data, width, height, x, y, radius - half, left, pairs, near + 2 * size)
  sampleRing(data, width, height, x, y, radius + half, left, pairs, near + 3 * size)
  const mostRight = clippedSum(near, near + size, angles, contrast) / <f64>angles
  const mostLeft = clippedSum(near + 2 * size, near + 3 * size, angles, contrast) / <f64>angles
  store<f64>(centre, rateSides(mostRight, mostLeft, contrast) - load<f64>(centre, 16), 24)
  store<f64>(centre, mostRight, 32)
  store<f64>(centre, mostLeft, 40)
}

/** Looks at centres by falling bound while one can be the best; of equal ones the first is. */
function bestOf(
  data: usize,
  width: i32,
  height: i32,
  radius: f64,
  half: f64,
  contrast: f64,
  right: usize,
  left: usize,
  angles: i32,
  centres: usize,
  count: i32,
  samples: usize,
  to: usize,
): void {
  const size: usize = sizeOfRing(angles)
  let best: f64 = -1
  let at = count
  for (;;) {
    const k = mostPromising(centres, count)
    const centre = centres + CENTRE * <usize>k
    const bound = load<f64>(centre, 24)
    if (bound < best - MARGIN || bound === -Infinity) return
    store<f64>(centre, -Infinity, 24)
    const x = load<f64>(centre)
    const y = load<f64>(centre, 8)
    const distance = load<f64>(centre, 16)
    const near = samples + 4 * size * <usize>k
    const rest = samples + 4 * size * <usize>count
    const onRight = meanStep(
      data,
      width,
      height,
      x,
      y,
      radius,
      half,
      contrast,
      right,
      angles,
      near,
      rest,
    )
    if (rateSides(onRight, load<f64>(centre, 40), contrast) - distance < best - MARGIN) continue
    const other = near + 2 * size
    const onLeft = meanStep(
      data,
      width,
      height,
      x,
      y,
      radius,
      half,
      contrast,
      left,
      angles,
      other,
      rest,
    )
    const score = rateSides(onRight, onLeft, contrast) - distance
    if (score < best || (score === best && k >= at)) continue
    // A score of -1 is none.
    if (score === -1) continue
    best = score
    at = k
    store<f64>(to, x)
    store<f64>(to, y, 8)
    store<f64>(to, score, 16)
  }
}

function mostPromising(centres: usize, count: i32): i32 {
  let best = 0
  for (let k = 1; k < count; k++) {
    if (
      load<f64>(centres + CENTRE * <usize>k, 24) > load<f64>(centres + CENTRE * <usize>best, 24)
    ) {
      best = k
    }
  }
  return best
}

/** Mean step of one side, its inner and outer samples at `near` already. */
function meanStep(
  data: usize,
  width: i32,
  height: i32,
  x: f64,
  y: f64,
  radius: f64,
  half: f64,
  contrast: f64,
  side: usize,
  angles: i32,
  near: usize,
  rest: usize,
): f64 {
  const pairs = (angles + 1) >> 1
  const size: usize = sizeOfRing(angles)
  sampleRing(data, width, height, x, y, radius - half - 2 * half, side, pairs, rest)
  sampleRing(data, width, height, x, y, radius + half + 2 * half, side, pairs, rest + size)
  soleSteps(rest, near, near + size, rest + size, pairs, rest)
  let sum = 0.0
  for (let i = 0; i < angles; i++) sum += clipped(load<f64>(rest + 8 * <usize>i), contrast)
  return sum / <f64>angles
}

function rateSides(right: f64, left: f64, contrast: f64): f64 {
  return (0.5 * Math.min(left, right) + 0.25 * (left + right)) / contrast
}
