import type { GreyImage } from '../../protocol/image.ts'
import { type PadResult, padResult } from './result.ts'
import { PATCH, patchPower } from './spectrum.ts'
import { spread } from './spread.ts'
import { median } from './trace.ts'

/** Patches below which nothing is said: too few to even out what chance does to a spectrum. */
const LEAST_PATCHES = 24
/** Pixels between patches, and the most that are taken of one frame and in all. */
const STRIDE = 32
const MOST_FRAMES = 6
/** A frame is also looked at in halves and quarters of its size, so that any distance is covered. */
const LEVELS = 3
/** Cycles a patch below which an eye itself has power, so nothing is read there. */
const LEAST_CYCLES = 7
/**
 * A peak this many times as high as its surroundings is a grid [chosen on rendered eyes, no real
 * prints]; between the two the frames are taken again.
 */
const SUSPECT_PEAK = 14
const BONA_FIDE_PEAK = 8

/**
 * Looks for the grid of a print or a screen: a narrow peak in the spectrum, averaged over patches and
 * frames, at any period from 2 to about 40 pixels and in any direction. Hair, folds and fibres give
 * broad ridges, which stand out from their own surroundings by little.
 */
export function assessHalfTone(frames: readonly GreyImage[]): PadResult {
  const chosen = spread(frames, MOST_FRAMES)
  let [peak, periodPx, patches] = [0, 0, 0]
  let level = chosen
  for (let halvings = 0; halvings < LEVELS; halvings++) {
    const power = meanPower(level)
    if (power.patches >= LEAST_PATCHES) {
      const found = highestPeak(power.mean)
      patches += power.patches
      if (found.height > peak) {
        peak = found.height
        periodPx = (2 ** halvings * PATCH) / found.cycles
      }
    }
    level = level.map(halved)
  }
  const measures = { patchesCount: patches, peakRatio: peak, periodPx }
  if (patches === 0) {
    return padResult('print-half-tone', 'undecided', 'half-tone-unseen', measures)
  }
  if (peak >= SUSPECT_PEAK) {
    return padResult('print-half-tone', 'suspect', 'half-tone-found', measures)
  }
  const isClear = peak < BONA_FIDE_PEAK
  const reason = isClear ? 'half-tone-none' : 'half-tone-unclear'
  return padResult('print-half-tone', isClear ? 'bona-fide' : 'undecided', reason, measures)
}

/** Mean of the patches' spectra, each by its own fine power, so that no bright edge outvotes others. */
function meanPower(frames: readonly GreyImage[]): { mean: Float64Array; patches: number } {
  const mean = new Float64Array(PATCH * PATCH)
  let patches = 0
  for (const { width, height, pixels } of frames) {
    for (let y = 0; y + PATCH <= height; y += STRIDE) {
      for (let x = 0; x + PATCH <= width; x += STRIDE) {
        const power = patchPower(pixels, width, y * width + x)
        const total = power.reduce((sum, value, i) => sum + (isFine(i) ? value : 0), 0)
        if (total < 1) continue
        for (let i = 0; i < mean.length; i++) {
          // Natural pictures fall with the square of the frequency; without that slope they are flat.
          const [across, down] = cyclesOf(i)
          const share = (power[i] as number) / total
          mean[i] = (mean[i] as number) + share * (across * across + down * down)
        }
        patches++
      }
    }
  }
  return { mean, patches }
}

/** Whole cycles across and down a patch, of a place in its spectrum. */
function cyclesOf(i: number): readonly [across: number, down: number] {
  const signed = (k: number): number => (k < PATCH / 2 ? k : k - PATCH)
  return [signed(i & (PATCH - 1)), signed(i >> 6)]
}

function isFine(i: number): boolean {
  const [across, down] = cyclesOf(i)
  return across * across + down * down >= LEAST_CYCLES * LEAST_CYCLES
}

/** The place in the spectrum that stands out most from a ring around it. */
function highestPeak(mean: Float64Array): { height: number; cycles: number } {
  let best = { height: 0, cycles: LEAST_CYCLES }
  for (let i = 0; i < mean.length; i++) {
    const [across, down] = cyclesOf(i)
    // The other half mirrors this one.
    if (down < 0 || !isFine(i)) continue
    const around = ringAround(mean, across, down)
    if (around.length < 12) continue
    const height = (mean[i] as number) / Math.max(1e-12, median(around))
    if (height > best.height) best = { height, cycles: Math.hypot(across, down) }
  }
  return best
}

/** Powers three to four places away: a faded patch smears a peak over two. */
function ringAround(mean: Float64Array, across: number, down: number): number[] {
  const values: number[] = []
  for (let dy = -4; dy <= 4; dy++) {
    for (let dx = -4; dx <= 4; dx++) {
      if (Math.max(Math.abs(dx), Math.abs(dy)) < 3) continue
      const [x, y] = [(across + dx) & (PATCH - 1), (down + dy) & (PATCH - 1)]
      const i = y * PATCH + x
      if (isFine(i)) values.push(mean[i] as number)
    }
  }
  return values
}

/** The frame at half its size, each pixel the mean of four. */
function halved({ width, height, pixels }: GreyImage): GreyImage {
  const [half, rows] = [width >> 1, height >> 1]
  const small = new Uint8Array(half * rows)
  for (let i = 0; i < small.length; i++) {
    const from = 2 * Math.floor(i / half) * width + 2 * (i % half)
    const sum =
      (pixels[from] ?? 0) +
      (pixels[from + 1] ?? 0) +
      (pixels[from + width] ?? 0) +
      (pixels[from + width + 1] ?? 0)
    small[i] = (sum + 2) >> 2
  }
  return { width: half, height: rows, pixels: small }
}
