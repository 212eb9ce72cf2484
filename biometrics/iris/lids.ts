import { type Contour, meanRadius } from './contour.ts'
import type { Circle } from './pupil.ts'
import { type Raster, sample } from './raster.ts'

/**
 * A lid's edge across the iris: y = (top + bend * u² + tilt * u) * radius + y0 with
 * u = (x - x0) / radius, in pixels. `contrast` is its mean step in grey levels.
 */
export type Lid = {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly top: number
  readonly bend: number
  readonly tilt: number
  readonly contrast: number
}

/** Upper and lower lid where they cover iris, else undefined. */
export type Lids = { readonly upper: Lid | undefined; readonly lower: Lid | undefined }

/** A lid's edge brightens outwards by at least this many grey levels of the spread image. */
const LEAST_CONTRAST = 11
const MOST_STEP = 20
const OFFSETS: readonly number[] = Array.from({ length: 25 }, (_, i) => (i - 12) / 12.5)

/** The y of a lid's edge at x. */
export function lidAt(lid: Omit<Lid, 'contrast'>, x: number): number {
  const u = (x - lid.x) / lid.radius
  return lid.y + lid.radius * (lid.top + lid.bend * u * u + lid.tilt * u)
}

/** The lid in pixels of an image `factor` times as large. */
export function scaleLid(lid: Lid, factor: number): Lid {
  const scale = (v: number) => (v + 0.5) * factor - 0.5
  return { ...lid, x: scale(lid.x), y: scale(lid.y), radius: lid.radius * factor }
}

/** Seeks both lids inside the limbus, in the blurred raster without glints. */
export function findLids(soft: Raster, pupil: Contour, limbus: Contour): Lids {
  return { upper: findLid(soft, pupil, limbus, -1), lower: findLid(soft, pupil, limbus, 1) }
}

/** `side` -1 is the upper lid, 1 the lower one. */
function findLid(soft: Raster, pupil: Contour, limbus: Contour, side: 1 | -1): Lid | undefined {
  const radius = meanRadius(limbus)
  const disc = { x: pupil.x, y: pupil.y, radius: 1.15 * meanRadius(pupil) }
  let best: Lid | undefined
  for (let top = 0.1; top <= 1; top += 0.04) {
    for (let bend = 0; bend <= 0.6; bend += 0.15) {
      for (let tilt = -0.3; tilt <= 0.31; tilt += 0.15) {
        const lid = { x: limbus.x, y: limbus.y, radius, top: side * top, bend: -side * bend, tilt }
        // A lid that hides the pupil's middle would have hidden the pupil.
        if (side * (lidAt(lid, pupil.x) - pupil.y) < 0) continue
        const contrast = meanStep(soft, disc, lid, side)
        if (contrast > (best?.contrast ?? LEAST_CONTRAST)) best = { ...lid, contrast }
      }
    }
  }
  return best
}

/** Mean step outwards along a lid, where it is on the iris and clear of the pupil. */
function meanStep(soft: Raster, pupil: Circle, lid: Omit<Lid, 'contrast'>, side: 1 | -1): number {
  const clear = pupil.radius * pupil.radius
  let sum = 0
  let count = 0
  for (const u of OFFSETS) {
    const v = lid.top + lid.bend * u * u + lid.tilt * u
    if (u * u + v * v > 0.95) continue
    const x = lid.x + lid.radius * u
    const y = lid.y + lid.radius * v
    if ((x - pupil.x) * (x - pupil.x) + (y - pupil.y) * (y - pupil.y) < clear) continue
    const step = sample(soft, x, y + side * 3) - sample(soft, x, y - side * 3)
    sum += Math.max(-MOST_STEP, Math.min(MOST_STEP, step))
    count++
  }
  return count < 5 ? 0 : sum / (count + 3)
}
