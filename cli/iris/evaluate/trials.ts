import { emptyCounts, SCORE_BINS, type ScoreCounts } from './figures.ts'

/**
 * Scored comparisons of one protocol, side by side: the score's bin (-1 where there is none) and
 * the persons on both sides; a genuine one has the same person on both and `isGenuine` 1.
 */
export type Trials = {
  readonly persons: number
  readonly bins: Int32Array
  readonly first: Uint32Array
  readonly second: Uint32Array
  readonly isGenuine: Uint8Array
}

/** A list of trials that grows; `score` is 0..1, NaN where the pair could not be compared. */
export type TrialList = {
  readonly add: (first: number, second: number, isGenuine: boolean, score: number) => void
  readonly done: () => Trials
}

/** An empty list for at most `most` trials among `persons` persons. */
export function listTrials(persons: number, most: number): TrialList {
  const bins = new Int32Array(most)
  const sides = [new Uint32Array(most), new Uint32Array(most)] as const
  const genuine = new Uint8Array(most)
  let count = 0
  return {
    add(first, second, isGenuine, score) {
      bins[count] = Number.isNaN(score) ? -1 : Math.floor(score * SCORE_BINS)
      sides[0][count] = first
      sides[1][count] = second
      genuine[count] = isGenuine ? 1 : 0
      count++
    },
    done: () => ({
      persons,
      bins: bins.subarray(0, count),
      first: sides[0].subarray(0, count),
      second: sides[1].subarray(0, count),
      isGenuine: genuine.subarray(0, count),
    }),
  }
}

/**
 * Trials counted in bins, each as often as its persons were drawn: the product of both `weights`,
 * one person's weight where the same person is on both sides. Without weights, once each.
 * `binCount` is the number of bins where it is not that of scores.
 */
export function countTrials(
  trials: Trials,
  weights?: Float64Array,
  binCount?: number,
): ScoreCounts {
  const counts = emptyCounts(binCount)
  const { bins, first, second, isGenuine } = trials
  for (let i = 0; i < bins.length; i++) {
    const [a, b] = [first[i] as number, second[i] as number]
    const weight = weights ? weightOf(weights, a, b) : 1
    if (weight === 0) continue
    const bin = bins[i] as number
    if (bin >= 0) {
      const side = isGenuine[i] === 1 ? counts.genuine : counts.impostor
      side[bin] = (side[bin] as number) + weight
    } else if (isGenuine[i] === 1) counts.genuineWithoutScore += weight
    else counts.impostorWithoutScore += weight
  }
  return counts
}

function weightOf(weights: Float64Array, a: number, b: number): number {
  const weight = weights[a] as number
  return a === b ? weight : weight * (weights[b] as number)
}

/** The same trials in as few bins as keep their order, and how many those are. */
export function rankedTrials(trials: Trials): {
  readonly ranked: Trials
  readonly binCount: number
} {
  const ranks = new Int32Array(SCORE_BINS + 1).fill(-1)
  for (const bin of trials.bins) if (bin >= 0) ranks[bin] = 0
  let binCount = 0
  for (let bin = 0; bin < ranks.length; bin++) if (ranks[bin] === 0) ranks[bin] = binCount++
  const bins = trials.bins.map((bin) => (bin < 0 ? -1 : (ranks[bin] as number)))
  return { ranked: { ...trials, bins }, binCount }
}
