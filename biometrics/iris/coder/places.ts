/** A neighbour: rows down and columns on from the position that is coded next, columns in a circle. */
export type Place = readonly [down: number, on: number]

/** What a position of one scale is foretold from. */
export type Neighbours = {
  /** In the same scale. */
  readonly own: readonly Place[]
  /** In the coarse scale, all of which is known when the fine one is coded. */
  readonly coarse: readonly Place[]
}

/** The neighbours of each scale, coarse first, in the order of the model's weights. */
export const NEIGHBOURS: readonly Neighbours[] = [
  { own: [...along(0, -1, -8), ...along(-1, -6, 8), ...along(-2, -4, 5)], coarse: [] },
  {
    own: [...along(0, -1, -6), ...along(-1, -5, 5), ...along(-2, -3, 3)],
    coarse: [...along(0, -4, 4), ...along(-1, -2, 2), ...along(1, -2, 2)],
  },
]

/** The places of one row from the column `first` to the column `last`. */
function along(down: number, first: number, last: number): readonly Place[] {
  const step = first <= last ? 1 : -1
  return Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => [down, first + i * step])
}
