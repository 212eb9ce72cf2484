import { extremeFilter, grow } from './extremes.ts'
import type { Raster } from './raster.ts'

/** Grey level of the spread image from which a speck may be a glint: the brightest few per cent. */
export const GLINT_LEVEL = 215
/** A glint stands out from its surroundings by this many grey levels. */
export const GLINT_CONTRAST = 45

/** A raster without glints, and where they were (1, else 0). */
export type Despeckled = { readonly filled: Raster; readonly glints: Raster }

/**
 * Fills bright specks at most `2 * reach` pixels wide (reflections of the illuminators) with what a
 * morphological opening says about their surroundings, so that they make no edges.
 */
export function fillGlints(raster: Raster, reach: number): Despeckled {
  const { width, height, data } = raster
  const ground = extremeFilter(extremeFilter(raster, reach, 1), reach, -1).data
  const peaks = new Float32Array(data.length)
  for (let at = 0; at < data.length; at++) {
    const value = data[at] as number
    if (value > GLINT_LEVEL && value - (ground[at] as number) > GLINT_CONTRAST) peaks[at] = 1
  }
  // The rim of a glint is blurred: two pixels more on each side.
  const glints = grow({ width, height, data: peaks }, 2)
  const filled = data.slice()
  for (let at = 0; at < filled.length; at++) {
    const level = ground[at] as number
    if (glints.data[at] === 1 && level < (filled[at] as number)) filled[at] = level
  }
  return { filled: { width, height, data: filled }, glints }
}
