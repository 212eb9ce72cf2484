import { type Capture, fraction, normal, type Words } from './synthetic-irises.ts'

/** One kind of capture: how often it is had, and how much noise and error of boundaries is in it. */
type Quality = {
  readonly share: number
  readonly noise: readonly [mean: number, deviation: number]
  readonly warpColumns: number
}

/*
 * Captures are of several qualities, so scores of one eye are a mixture and not one hump: on real
 * eyes their deviation is .06 to .07, and the tail towards strangers is that of the poor captures.
 */
const QUALITIES: readonly Quality[] = [
  { share: 0.62, noise: [0.22, 0.06], warpColumns: 0.35 },
  { share: 0.31, noise: [0.42, 0.12], warpColumns: 0.5 },
  { share: 0.07, noise: [0.8, 0.22], warpColumns: 0.7 },
]

/** A capture as residents give them: of a quality by its share, the head held nearly straight. */
export function usualCapture(words: Words): Capture {
  const { noise, warpColumns } = drawn(fraction(words))
  return {
    noise: Math.max(0.05, noise[0] + noise[1] * normal(words)),
    turnColumns: 2 * normal(words),
    warpColumns: warpColumns * Math.abs(normal(words)),
  }
}

function drawn(at: number): Quality {
  let rest = at
  const found = QUALITIES.find(({ share }) => {
    rest -= share
    return rest < 0
  })
  return found ?? (QUALITIES[0] as Quality)
}
