import type { GreyImage } from '../../protocol/image.ts'
import type { Pupil } from './pupil-tracker.ts'
import { type PadResult, padResult } from './result.ts'
import { median } from './trace.ts'

/** A frame with the pupil found in it. */
export type TrackedFrame = { readonly image: GreyImage; readonly pupil: Pupil }

/** Frames with a pupil below which nothing is said. */
const LEAST_FRAMES = 24
/** Deviation between neighbouring frames that each sensor's noise makes, grey levels. */
const LEAST_NOISE = 0.35
/** Share of neighbours without noise from which on frames were copied. */
const COPIED_SHARE = 0.1
/**
 * A pupil that wanders less than this, in pixels of a frame 320 wide, hangs on a wall: fixation
 * alone moves an eye by tenths of a degree, 1 px and more [chosen, no source for kiosks].
 */
const LEAST_WANDER_PX = 0.2
/** Frames of the shortest loop, and how well a loop's rounds agree against its own movement. */
const LEAST_LOOP = 10
const MOST_LOOP_MISS = 0.05

/**
 * Frames that no sensor gives: equal ones, ones without fresh noise, an eye that does not wander at
 * all, and a movement that repeats itself.
 */
export function assessReplay(frames: readonly TrackedFrame[]): PadResult {
  const repeated = countRepeated(frames)
  const noises = frames.slice(1).map(({ image }, i) => noiseBetween(frames[i]?.image, image))
  const still = noises.filter((noise) => noise < LEAST_NOISE).length
  const path = frames.map(({ pupil, image }) => {
    const scale = 320 / image.width
    return { x: pupil.x * scale, y: pupil.y * scale }
  })
  const wanderPx = wanderOf(path)
  const loop = findLoop(path)
  const measures = {
    framesCount: frames.length,
    repeatedFramesCount: repeated,
    noiseGrey: noises.length === 0 ? 0 : median(noises),
    noiselessCount: still,
    wanderPx,
    loopFramesCount: loop,
  }
  const result = (outcome: PadResult['outcome'], reason: string): PadResult =>
    padResult('static-or-replayed', outcome, reason, measures)
  if (frames.length < LEAST_FRAMES) return result('undecided', 'replay-unseen')
  if (repeated > 0) return result('suspect', 'replay-equal-frames')
  if (still > COPIED_SHARE * noises.length) return result('suspect', 'replay-no-fresh-noise')
  if (loop > 0) return result('suspect', 'replay-loop')
  if (wanderPx < LEAST_WANDER_PX) return result('suspect', 'replay-motionless')
  return result('bona-fide', 'replay-none')
}

/** Frames whose pixels are all those of an earlier one. */
function countRepeated(frames: readonly TrackedFrame[]): number {
  const seen = new Map<number, GreyImage[]>()
  let count = 0
  for (const { image } of frames) {
    const key = digest(image.pixels)
    const alike = seen.get(key) ?? []
    if (alike.some((other) => areEqual(other.pixels, image.pixels))) count++
    else alike.push(image)
    seen.set(key, alike)
  }
  return count
}

/** FNV-1a over each 13th pixel; only frames that agree in it are compared whole. */
function digest(pixels: Uint8Array): number {
  let hash = 0x81_1c_9d_c5
  for (let i = 0; i < pixels.length; i += 13) {
    hash = Math.imul(hash ^ (pixels[i] ?? 0), 0x01_00_01_93)
  }
  return hash >>> 0
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((pixel, i) => pixel === b[i])
}

const BLOCK = 8

/**
 * Deviation of the difference of two frames, grey levels: the median over blocks of 8 x 8 pixels,
 * each less its own mean, so that neither a change of light nor a moved edge is taken for noise.
 */
function noiseBetween(before: GreyImage | undefined, image: GreyImage): number {
  if (before?.pixels.length !== image.pixels.length) return Number.POSITIVE_INFINITY
  const deviations: number[] = []
  for (let y = 0; y + BLOCK <= image.height; y += 2 * BLOCK) {
    for (let x = 0; x + BLOCK <= image.width; x += 2 * BLOCK) {
      deviations.push(blockDeviation(before, image, y * image.width + x))
    }
  }
  return deviations.length === 0 ? Number.POSITIVE_INFINITY : median(deviations)
}

function blockDeviation(before: GreyImage, image: GreyImage, start: number): number {
  let [sum, squares] = [0, 0]
  for (let i = 0; i < BLOCK * BLOCK; i++) {
    const at = start + Math.floor(i / BLOCK) * image.width + (i % BLOCK)
    const difference = (image.pixels[at] ?? 0) - (before.pixels[at] ?? 0)
    sum += difference
    squares += difference * difference
  }
  const count = BLOCK * BLOCK
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
}

type Place = { readonly x: number; readonly y: number }

/** Median distance from the middle of the path, so that a blink is no movement. */
function wanderOf(path: readonly Place[]): number {
  if (path.length === 0) return 0
  const x = median(path.map((place) => place.x))
  const y = median(path.map((place) => place.y))
  return median(path.map((place) => Math.hypot(place.x - x, place.y - y)))
}

/**
 * Frames after which the path repeats itself, 0 for never. A round counts only where the path left
 * and came back: an eye that rests agrees with itself at any lag.
 */
function findLoop(path: readonly Place[]): number {
  const [x, y] = [mean(path.map((place) => place.x)), mean(path.map((place) => place.y))]
  const spread = 2 * mean(path.map((place) => (place.x - x) ** 2 + (place.y - y) ** 2))
  if (!(spread > 0)) return 0
  let hasLeft = false
  for (let lag = 1; lag <= path.length / 2; lag++) {
    const miss = missAt(path, lag) / spread
    if (miss > 0.5) hasLeft = true
    if (hasLeft && lag >= LEAST_LOOP && miss < MOST_LOOP_MISS) return lag
  }
  return 0
}

/** Mean square distance between places `lag` frames apart. */
function missAt(path: readonly Place[], lag: number): number {
  const misses = path.slice(lag).map((place, i) => {
    const before = path[i] ?? place
    return (place.x - before.x) ** 2 + (place.y - before.y) ** 2
  })
  return mean(misses)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
