import { lnOf } from './arithmetic.ts'
import { meanRadius } from './contour.ts'
import { findLimbusCandidates, scleraShare, sideUnevenness } from './limbus.ts'
import { type Circle, findPupilCandidates } from './pupil.ts'
import { blur, type Raster, resize } from './raster.ts'
import { type FittedLimbus, type FittedPupil, fitLimbus, fitPupil } from './refine.ts'
import type { WorkingImage } from './working.ts'

/** Grey levels of the spread image that count as a full step at the pupil's and the iris's edge. */
const PUPIL_CONTRAST = 40
const LIMBUS_CONTRAST = 30
const PUPIL_HYPOTHESES = 8
const LIMBUS_HYPOTHESES = 4
/** Hypotheses whose contours are fitted before the best is chosen. */
const REFINED_HYPOTHESES = 4
/** Weight of the limbus's edge against the pupil's in a joint score. */
const LIMBUS_SHARE = 0.8
/** Grey levels by which the sclera is fully brighter than the iris, and its weight in the score. */
const SCLERA_CONTRAST = 25
const SCLERA_WEIGHT = 0.2
/** Pupils are mostly .42 of the iris; far off is possible, and less likely on the wide side. */
const USUAL_RATIO = 0.42
/** Deviation in grey levels of an iris with strong texture; lashes and skin have more. */
const USUAL_UNEVENNESS = 20

/** Where an iris lies, at the working scale, with measures of how sure that is. */
export type LocatedIris = {
  readonly pupil: FittedPupil
  readonly limbus: FittedLimbus
  /** Joint score of the hypothesis, about 0.5 for chance and 1.8 for a perfect eye. */
  readonly score: number
  /** The working image without glints, blurred, in which the outer edge was sought. */
  readonly soft: Raster
}

/**
 * The best pupil and limbus, or undefined where no pair is plausible. Several pupils, each with
 * several limbus circles, are scored together; the best few are fitted and scored again.
 */
export function locateIris(working: WorkingImage): LocatedIris | undefined {
  const soft = blur(working.filled, 2)
  const fine = blur(working.filled, 1)
  const pairs = hypotheses(working, soft).sort((a, b) => b.score - a.score)
  let best: LocatedIris | undefined
  for (const pair of pairs.slice(0, REFINED_HYPOTHESES)) {
    // Not even a full edge would make it the best.
    if (best && pair.others + LIMBUS_SHARE < best.score - 1e-9) continue
    const pupil = fitPupil(fine, pair.pupil, pair.limbus.radius)
    const limbus = fitLimbus(soft, pair.limbus, meanRadius(pupil.contour), LIMBUS_CONTRAST)
    const score = pair.others + (LIMBUS_SHARE * limbus.step) / LIMBUS_CONTRAST
    if (!best || score > best.score) best = { pupil, limbus, score, soft }
  }
  return best
}

/** The most complete dark disc of an image, at its working scale: a cheap sign of an eye. */
export function findPupil(working: WorkingImage): (Circle & { score: number }) | undefined {
  const { small, factor } = halved(working)
  const [best] = findPupilCandidates(small, PUPIL_CONTRAST, 1)
  return best && { ...enlarged(best, factor), score: best.score }
}

type Hypothesis = {
  readonly pupil: Circle
  readonly limbus: Circle
  /** The score without the limbus's edge. */
  readonly others: number
  readonly score: number
}

function hypotheses(working: WorkingImage, soft: Raster): Hypothesis[] {
  const { small, factor } = halved(working)
  const pairs: Hypothesis[] = []
  for (const candidate of findPupilCandidates(small, PUPIL_CONTRAST, PUPIL_HYPOTHESES)) {
    const pupil = enlarged(candidate, factor)
    for (const limbus of findLimbusCandidates(soft, pupil, LIMBUS_CONTRAST, LIMBUS_HYPOTHESES)) {
      const excess = sideUnevenness(soft, pupil, limbus) - USUAL_UNEVENNESS
      const oddness = ratioOddness(pupil.radius / limbus.radius)
      const sclera = scleraShare(soft, pupil, limbus, SCLERA_CONTRAST)
      const others =
        candidate.score + SCLERA_WEIGHT * sclera - 0.1 * oddness - Math.max(0, excess) / 100
      pairs.push({ pupil, limbus, others, score: others + LIMBUS_SHARE * limbus.score })
    }
  }
  return pairs
}

function ratioOddness(ratio: number): number {
  const distance = lnOf(ratio / USUAL_RATIO) / (ratio > USUAL_RATIO ? 0.3 : 0.5)
  return distance * distance
}

function halved({ filled }: WorkingImage): { small: Raster; factor: number } {
  const small = resize(blur(filled, 1.2), filled.width >> 1, filled.height >> 1)
  return { small, factor: filled.width / small.width }
}

/** Pixel centres lie at whole numbers, so an image's corner is at -0.5. */
function enlarged({ x, y, radius }: Circle, factor: number): Circle {
  const scale = (v: number) => (v + 0.5) * factor - 0.5
  return { x: scale(x), y: scale(y), radius: radius * factor }
}
