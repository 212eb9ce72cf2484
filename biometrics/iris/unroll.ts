import { CONTOUR_ANGLES, type Contour, radiusAt } from './contour.ts'
import { type Lid, type Lids, lidAt } from './lids.ts'
import { extremeFilter, type Raster, sample } from './raster.ts'

/** Size of the unrolled iris: radii from pupil to limbus, directions around. */
export const SHEET_ROWS = 64
export const SHEET_COLUMNS = 512

/** An iris unrolled (rubber sheet), rows from pupil to limbus; `usable` is 1 where it is iris. */
export type Sheet = {
  readonly values: Float32Array
  readonly usable: Uint8Array
}

/** What covers an iris, at the scale of the contours. */
export type Cover = {
  readonly lids: Lids
  /** Raster whose pixels are 1 where a glint lies. */
  readonly glints: Raster
}

/**
 * Unrolls the ring between two contours: row r lies at the share (r + 0.5) / 64 of the way from
 * the pupil's to the limbus's edge, column c at the angle 360° * (c + 0.5) / 512 on both.
 * `factor` is pixels of `raster` per pixel of contours and cover.
 */
export function unroll(
  raster: Raster,
  factor: number,
  pupil: Contour,
  limbus: Contour,
  cover: Cover,
): Sheet {
  const values = new Float32Array(SHEET_ROWS * SHEET_COLUMNS)
  const usable = new Uint8Array(SHEET_ROWS * SHEET_COLUMNS)
  const { width, height } = cover.glints
  for (let column = 0; column < SHEET_COLUMNS; column++) {
    const turn = (column + 0.5) / SHEET_COLUMNS
    const [dx, dy] = [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)]
    const inner = radiusAt(pupil, turn * CONTOUR_ANGLES)
    const outer = radiusAt(limbus, turn * CONTOUR_ANGLES)
    const [x0, y0] = [pupil.x + dx * inner, pupil.y + dy * inner]
    const [x1, y1] = [limbus.x + dx * outer, limbus.y + dy * outer]
    for (let row = 0; row < SHEET_ROWS; row++) {
      const share = (row + 0.5) / SHEET_ROWS
      const x = x0 + share * (x1 - x0)
      const y = y0 + share * (y1 - y0)
      const at = row * SHEET_COLUMNS + column
      values[at] = sample(raster, (x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5)
      const isInside = x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1
      if (isInside && !isCovered(cover, x, y)) usable[at] = 1
    }
  }
  return maskOutliers({ values, usable }, pupilLevel(raster, factor, pupil))
}

/** Grey level of the inner half of the pupil, its median so that glints do not count. */
function pupilLevel(raster: Raster, factor: number, pupil: Contour): number {
  const levels: number[] = []
  for (let i = 0; i < CONTOUR_ANGLES; i += 4) {
    const turn = (2 * Math.PI * i) / CONTOUR_ANGLES
    for (const share of [0.15, 0.3, 0.45, 0.6]) {
      const radius = share * (pupil.radii[i] as number)
      const x = (pupil.x + Math.cos(turn) * radius + 0.5) * factor - 0.5
      const y = (pupil.y + Math.sin(turn) * radius + 0.5) * factor - 0.5
      levels.push(sample(raster, x, y))
    }
  }
  return median(levels)
}

function isCovered({ lids, glints }: Cover, x: number, y: number): boolean {
  const at = Math.round(y) * glints.width + Math.round(x)
  if (glints.data[at] === 1) return true
  return isBeyond(lids.upper, x, y, -1) || isBeyond(lids.lower, x, y, 1)
}

function isBeyond(lid: Lid | undefined, x: number, y: number, side: 1 | -1): boolean {
  return lid !== undefined && side * (y - lidAt(lid, x)) > -0.02 * lid.radius
}

/** Darker than this many deviations below the iris may be lash or shadow. */
const DARK_DEVIATIONS = 2.5
/** Lash and shadow lie in the lower part of the way from the pupil's level to the iris's. */
const DARK_SHARE = 0.4
/** Brighter than this many deviations above the iris is skin, lid or glint. */
const BRIGHT_DEVIATIONS = 4
/** Rows of the sheet that share one middle value: the iris is brighter around the collarette. */
const BAND_ROWS = 8

/** Masks lashes, shadow and skin: values far from those of the iris beside the pupil. */
function maskOutliers({ values, usable }: Sheet, pupilLevel: number): Sheet {
  const bands = Array.from({ length: SHEET_ROWS / BAND_ROWS }, (_, band) => {
    const beside = besideValues({ values, usable }, band)
    const middle = median(beside)
    return { middle, spread: median(beside.map((value) => Math.abs(value - middle))) }
  })
  const middles = bands.map(({ middle }) => middle)
  const spreads = bands.map(({ spread }) => 1.4826 * Math.max(4, spread))
  const outliers = values.map((value, at) => {
    const middle = between(middles, at)
    const spread = between(spreads, at)
    const isDark =
      value < middle - DARK_DEVIATIONS * spread &&
      value < pupilLevel + DARK_SHARE * (middle - pupilLevel)
    const isBright = value > middle + BRIGHT_DEVIATIONS * spread
    return isDark || isBright ? 1 : 0
  })
  const strangers = fromOutside(outliers, usable)
  const grown = extremeFilter({ width: SHEET_COLUMNS, height: SHEET_ROWS, data: strangers }, 1, -1)
  return { values, usable: Uint8Array.from(grown.data, (isOutlier) => 1 - isOutlier) }
}

/**
 * Outliers that hang together with the limbus or with what is covered already: lashes and skin come
 * in from outside, while the iris's own crypts and bright fibres lie alone.
 */
function fromOutside(outliers: Float32Array, usable: Uint8Array): Float32Array {
  const strangers = Float32Array.from(usable, (isUsable) => 1 - isUsable)
  const queue: number[] = []
  const lastRow = (SHEET_ROWS - 1) * SHEET_COLUMNS
  strangers.forEach((isStranger, at) => {
    if (isStranger === 0 && (at < lastRow || outliers[at] === 0)) return
    strangers[at] = 1
    queue.push(at)
  })
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const next of neighbours(at)) {
      if (outliers[next] !== 1 || strangers[next] === 1) continue
      strangers[next] = 1
      queue.push(next)
    }
  }
  return strangers
}

/** The places beside, above and below one in the sheet, which closes on itself sideways. */
function neighbours(at: number): readonly number[] {
  const start = at - (at % SHEET_COLUMNS)
  const left = start + ((at + SHEET_COLUMNS - 1) % SHEET_COLUMNS)
  const right = start + ((at + 1) % SHEET_COLUMNS)
  return [left, right, at - SHEET_COLUMNS, at + SHEET_COLUMNS]
}

/** Usable values of a band of rows beside the pupil, where lids seldom reach. */
function besideValues({ values, usable }: Sheet, band: number): number[] {
  const found: number[] = []
  const start = band * BAND_ROWS * SHEET_COLUMNS
  for (let at = start; at < start + BAND_ROWS * SHEET_COLUMNS; at += 3) {
    const isBeside = Math.abs(Math.cos((2 * Math.PI * (at % SHEET_COLUMNS)) / SHEET_COLUMNS)) > 0.6
    if (isBeside && usable[at] === 1) found.push(values[at] as number)
  }
  return found
}

/** A band's figure at a place of the sheet, running smoothly from band to band. */
function between(figures: readonly number[], at: number): number {
  const place = (Math.floor(at / SHEET_COLUMNS) + 0.5) / BAND_ROWS - 0.5
  const lower = Math.max(0, Math.min(figures.length - 2, Math.floor(place)))
  const share = Math.max(0, Math.min(1, place - lower))
  return (figures[lower] as number) * (1 - share) + (figures[lower + 1] as number) * share
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
