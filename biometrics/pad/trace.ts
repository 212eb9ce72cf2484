/** The pupil at one moment of a capture. */
export type PupilSample = {
  /** The head's clock, ms. */
  readonly atMs: number
  /** Mean radius of the pupil in pixels. */
  readonly radiusPx: number
}

/** Samples on either side that a sample is held against, when they are near enough in time. */
const NEIGHBOURS = 4
const NEAR_MS = 220
/**
 * A sample further than this share from the median of its neighbours is a lid, not a pupil: a
 * median follows a steady constriction, and none bends this much in a tenth of a second.
 */
const MOST_DEVIATION = 0.06

/**
 * The samples in order of time, those of one time merged, without what blinks leave behind. What is
 * no number or no radius is dropped.
 */
export function cleanTrace(samples: readonly PupilSample[]): readonly PupilSample[] {
  const ordered = samples
    .filter(({ atMs, radiusPx }) => Number.isFinite(atMs) && Number.isFinite(radiusPx))
    .filter(({ radiusPx }) => radiusPx > 0)
    .sort((a, b) => a.atMs - b.atMs)
    .filter(({ atMs }, i, all) => i === 0 || atMs !== all[i - 1]?.atMs)
  return ordered.filter(({ atMs, radiusPx }, i) => {
    const near = ordered
      .slice(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1)
      .filter((other) => Math.abs(other.atMs - atMs) <= NEAR_MS)
    // Alone, a sample says nothing.
    if (near.length < 3) return false
    const middle = median(near.map((other) => other.radiusPx))
    return Math.abs(radiusPx - middle) <= MOST_DEVIATION * middle
  })
}

/** The middle one of some numbers, NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[half] ?? Number.NaN
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2
}
