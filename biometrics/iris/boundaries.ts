import { CONTOUR_ANGLES, type Contour, DIRECTIONS, radiusAt, scaleContour } from './contour.ts'
import { type Lid, type Lids, lidAt, scaleLid } from './lids.ts'
import { SHEET_COLUMNS, SHEET_ROWS, type Sheet } from './unroll.ts'

/** A point in pixels of the image that was encoded. */
export type Point = readonly [x: number, y: number]

/** What was found in an image, as curves in its pixels, for an overlay on a page. */
export type IrisBoundaries = {
  /** Closed polygon along the pupil's edge. */
  readonly pupil: readonly Point[]
  /** Closed polygon along the iris's outer edge. */
  readonly limbus: readonly Point[]
  /** Open curves of the lids where they cover iris. */
  readonly upperLid?: readonly Point[]
  readonly lowerLid?: readonly Point[]
  /** Closed polygons over the parts of the iris that are not used (lids, lashes, glints). */
  readonly covered: readonly (readonly Point[])[]
}

/** Cells in which covered iris is outlined: 128 directions, 16 radii. */
const CELL_COLUMNS = SHEET_COLUMNS / CONTOUR_ANGLES
const CELL_ROWS = 4

/** Boundaries in image pixels; contours, lids and sheet are at the working scale. */
export function boundariesOf(
  pupil: Contour,
  limbus: Contour,
  lids: Lids,
  sheet: Sheet,
  scale: number,
): IrisBoundaries {
  const inner = scaleContour(pupil, 1 / scale)
  const outer = scaleContour(limbus, 1 / scale)
  return {
    pupil: polygon(inner),
    limbus: polygon(outer),
    ...(lids.upper && { upperLid: lidCurve(scaleLid(lids.upper, 1 / scale)) }),
    ...(lids.lower && { lowerLid: lidCurve(scaleLid(lids.lower, 1 / scale)) }),
    covered: coveredCells(inner, outer, sheet),
  }
}

function polygon(contour: Contour): Point[] {
  return DIRECTIONS.map(([cos, sin], i) =>
    rounded(
      contour.x + cos * (contour.radii[i] as number),
      contour.y + sin * (contour.radii[i] as number),
    ),
  )
}

function lidCurve(lid: Lid): Point[] {
  return Array.from({ length: 33 }, (_, i) => {
    const x = lid.x + (lid.radius * (i - 16)) / 16
    return rounded(x, lidAt(lid, x))
  })
}

/** One quadrilateral for each run of covered cells along a direction. */
function coveredCells(pupil: Contour, limbus: Contour, sheet: Sheet): Point[][] {
  const at = (direction: number, share: number): Point => {
    const [cos, sin] = DIRECTIONS[direction % CONTOUR_ANGLES] as readonly [number, number]
    const [inner, outer] = [radiusAt(pupil, direction), radiusAt(limbus, direction)]
    const x = (pupil.x + cos * inner) * (1 - share) + (limbus.x + cos * outer) * share
    const y = (pupil.y + sin * inner) * (1 - share) + (limbus.y + sin * outer) * share
    return rounded(x, y)
  }
  const polygons: Point[][] = []
  for (let direction = 0; direction < CONTOUR_ANGLES; direction++) {
    for (const [from, to] of coveredRuns(sheet, direction)) {
      const next = direction + 1
      polygons.push([at(direction, from), at(direction, to), at(next, to), at(next, from)])
    }
  }
  return polygons
}

/** Runs of covered cells from pupil to limbus in one direction, as shares 0..1 of the way. */
function coveredRuns(sheet: Sheet, direction: number): [number, number][] {
  const runs: [number, number][] = []
  const cells = SHEET_ROWS / CELL_ROWS
  let start = -1
  for (let cell = 0; cell <= cells; cell++) {
    const isCovered = cell < cells && isMostlyCovered(sheet, direction, cell)
    if (isCovered && start < 0) start = cell
    if (!isCovered && start >= 0) {
      runs.push([start / cells, cell / cells])
      start = -1
    }
  }
  return runs
}

function isMostlyCovered({ usable }: Sheet, direction: number, cell: number): boolean {
  let count = 0
  for (let row = cell * CELL_ROWS; row < (cell + 1) * CELL_ROWS; row++) {
    for (let k = 0; k < CELL_COLUMNS; k++) {
      count += usable[row * SHEET_COLUMNS + direction * CELL_COLUMNS + k] as number
    }
  }
  return 2 * count < CELL_ROWS * CELL_COLUMNS
}

function rounded(x: number, y: number): Point {
  return [Math.round(10 * x) / 10, Math.round(10 * y) / 10]
}
