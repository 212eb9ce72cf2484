import { cosSinOfTurn } from './arithmetic.ts'
import { CONTOUR_ANGLES, type Contour, DIRECTIONS, radiusAt } from './contour.ts'
import { grow } from './extremes.ts'
import { kernelUnroll, kernelUsableCells, type SheetLines } from './kernel-sheet.ts'
import { type Lid, type Lids, lidAt } from './lids.ts'
import { nthLeast } from './order-statistics.ts'
import { type Raster, sample } from './raster.ts'

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
  const lines = linesBetween(pupil, limbus)
  const values = kernelUnroll(raster, factor, lines, SHEET_ROWS) ?? valuesOf(raster, factor, lines)
  const usable =
    kernelUsableCells(lines, SHEET_ROWS, cover.lids, cover.glints) ?? usableCells(lines, cover)
  return maskOutliers({ values, usable }, pupilLevel(raster, factor, pupil))
}

/** 1 for each cell that lies in the image and that nothing covers. */
function usableCells(lines: SheetLines, cover: Cover): Uint8Array {
  const { width, height } = cover.glints
  return Uint8Array.from({ length: SHEET_ROWS * SHEET_COLUMNS }, (_, at) => {
    const [x, y] = placeOf(lines, at)
    const isInside = x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1
    return isInside && !isCovered(cover, x, y) ? 1 : 0
  })
}

const COLUMN_TURNS = Array.from({ length: SHEET_COLUMNS }, (_, column) => {
  const turn = (column + 0.5) / SHEET_COLUMNS
  return { turn, direction: cosSinOfTurn(turn) }
})

/** Where each column starts on the pupil's edge, and its way to the limbus's. */
function linesBetween(pupil: Contour, limbus: Contour): SheetLines {
  const lines = {
    x: new Float64Array(SHEET_COLUMNS),
    y: new Float64Array(SHEET_COLUMNS),
    across: new Float64Array(SHEET_COLUMNS),
    down: new Float64Array(SHEET_COLUMNS),
  }
  COLUMN_TURNS.forEach(({ turn, direction: [dx, dy] }, column) => {
    const inner = radiusAt(pupil, turn * CONTOUR_ANGLES)
    const outer = radiusAt(limbus, turn * CONTOUR_ANGLES)
    const [x, y] = [pupil.x + dx * inner, pupil.y + dy * inner]
    lines.x[column] = x
    lines.y[column] = y
    lines.across[column] = limbus.x + dx * outer - x
    lines.down[column] = limbus.y + dy * outer - y
  })
  return lines
}

/** The place of a cell of the sheet, at the scale of the contours. */
function placeOf(lines: SheetLines, at: number): readonly [x: number, y: number] {
  const column = at % SHEET_COLUMNS
  const share = ((at - column) / SHEET_COLUMNS + 0.5) / SHEET_ROWS
  return [
    (lines.x[column] as number) + share * (lines.across[column] as number),
    (lines.y[column] as number) + share * (lines.down[column] as number),
  ]
}

function valuesOf(raster: Raster, factor: number, lines: SheetLines): Float32Array {
  return Float32Array.from({ length: SHEET_ROWS * SHEET_COLUMNS }, (_, at) => {
    const [x, y] = placeOf(lines, at)
    return sample(raster, (x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5)
  })
}

/** Grey level of the inner half of the pupil, its median so that glints do not count. */
function pupilLevel(raster: Raster, factor: number, pupil: Contour): number {
  const levels = new Float64Array(CONTOUR_ANGLES)
  let count = 0
  for (let i = 0; i < CONTOUR_ANGLES; i += 4) {
    const [dx, dy] = DIRECTIONS[i] as readonly [number, number]
    for (const share of [0.15, 0.3, 0.45, 0.6]) {
      const radius = share * (pupil.radii[i] as number)
      const x = (pupil.x + dx * radius + 0.5) * factor - 0.5
      const y = (pupil.y + dy * radius + 0.5) * factor - 0.5
      levels[count++] = sample(raster, x, y)
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
  const outliers = new Uint8Array(values.length)
  for (let row = 0; row < SHEET_ROWS; row++) {
    const middle = between(middles, row)
    const spread = between(spreads, row)
    const [dark, shade] = [middle - DARK_DEVIATIONS * spread, middle - pupilLevel]
    const lash = pupilLevel + DARK_SHARE * shade
    const bright = middle + BRIGHT_DEVIATIONS * spread
    for (let at = row * SHEET_COLUMNS; at < (row + 1) * SHEET_COLUMNS; at++) {
      const value = values[at] as number
      if ((value < dark && value < lash) || value > bright) outliers[at] = 1
    }
  }
  const strangers = fromOutside(outliers, usable)
  const grown = grow({ width: SHEET_COLUMNS, height: SHEET_ROWS, data: strangers }, 1).data
  for (let at = 0; at < usable.length; at++) usable[at] = grown[at] === 0 ? 1 : 0
  return { values, usable }
}

/**
 * Outliers that hang together with the limbus or with what is covered already: lashes and skin come
 * in from outside, while the iris's own crypts and bright fibres lie alone.
 */
function fromOutside(outliers: Uint8Array, usable: Uint8Array): Float32Array {
  const strangers = new Float32Array(usable.length)
  const stack = new Int32Array(usable.length)
  const lastRow = (SHEET_ROWS - 1) * SHEET_COLUMNS
  let depth = 0
  for (let at = 0; at < usable.length; at++) {
    if (usable[at] === 1 && (at < lastRow || outliers[at] === 0)) continue
    strangers[at] = 1
    stack[depth++] = at
  }
  const takeOutlier = (at: number): void => {
    if (outliers[at] !== 1 || strangers[at] === 1) return
    strangers[at] = 1
    stack[depth++] = at
  }
  while (depth > 0) {
    const at = stack[--depth] as number
    const column = at & (SHEET_COLUMNS - 1)
    // The sheet closes on itself sideways; above and below it there is nothing to take.
    takeOutlier(at - column + ((column + SHEET_COLUMNS - 1) & (SHEET_COLUMNS - 1)))
    takeOutlier(at - column + ((column + 1) & (SHEET_COLUMNS - 1)))
    takeOutlier(at - SHEET_COLUMNS)
    takeOutlier(at + SHEET_COLUMNS)
  }
  return strangers
}

/** Columns beside the pupil, where lids seldom reach: 53° about the horizontal. */
const IS_BESIDE = Uint8Array.from({ length: SHEET_COLUMNS }, (_, column) =>
  Math.abs(cosSinOfTurn(column / SHEET_COLUMNS)[0]) > 0.6 ? 1 : 0,
)

/** Usable values of a band of rows beside the pupil. */
function besideValues({ values, usable }: Sheet, band: number): Float64Array {
  const found = new Float64Array((BAND_ROWS * SHEET_COLUMNS) / 3 + 1)
  let count = 0
  const start = band * BAND_ROWS * SHEET_COLUMNS
  for (let at = start; at < start + BAND_ROWS * SHEET_COLUMNS; at += 3) {
    if (IS_BESIDE[at % SHEET_COLUMNS] === 1 && usable[at] === 1) {
      found[count++] = values[at] as number
    }
  }
  return found.subarray(0, count)
}

/** A band's figure at a row of the sheet, running smoothly from band to band. */
function between(figures: readonly number[], row: number): number {
  const place = (row + 0.5) / BAND_ROWS - 0.5
  const lower = Math.max(0, Math.min(figures.length - 2, Math.floor(place)))
  const share = Math.max(0, Math.min(1, place - lower))
  return (figures[lower] as number) * (1 - share) + (figures[lower + 1] as number) * share
}

/** The middle value; it moves the values about. */
function median(values: Float64Array): number {
  return nthLeast(values, values.length >> 1) ?? 0
}
