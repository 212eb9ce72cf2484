import { meanRadius } from './contour.ts'
import { findLimbusCandidates } from './limbus.ts'
import { gatherEvidence, lookAtPupil, type PairEvidence, plausibility } from './plausible.ts'
import { type Circle, findPupilCandidates, type PupilCandidate } from './pupil.ts'
import { blur, type Raster, resize } from './raster.ts'
import { type FittedLimbus, type FittedPupil, fitLimbus, fitPupil } from './refine.ts'
import type { WorkingImage } from './working.ts'

/** Grey levels of the spread image that count as a full step at the pupil's and the iris's edge. */
const PUPIL_CONTRAST = 40
const LIMBUS_CONTRAST = 30
/** The same where the sclera is dull. */
const FAINT_LIMBUS_CONTRAST = 12
const PUPIL_HYPOTHESES = 8
const LIMBUS_HYPOTHESES = 5
/** Hypotheses whose contours are fitted before the best is chosen. */
const REFINED_HYPOTHESES = 4

/** Where an iris lies, at the working scale, with measures of how sure that is. */
export type LocatedIris = {
  readonly pupil: FittedPupil
  readonly limbus: FittedLimbus
  /** Plausibility of the boundaries as fitted. */
  readonly score: number
  readonly evidence: PairEvidence
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
  const fits = new Map<PupilCandidate, FittedPupil>()
  let best: LocatedIris | undefined
  for (const pair of pairs.slice(0, REFINED_HYPOTHESES)) {
    const pupil = pupilOf(fine, pair, fits)
    const { x, y } = pupil.contour
    const fitted = { x, y, radius: meanRadius(pupil.contour), score: pair.pupil.score }
    const limbus = fitLimbus(soft, pair.limbus, fitted, LIMBUS_CONTRAST)
    const evidence = gatherEvidence(soft, lookAtPupil(soft, fitted), limbus.contour)
    const score = plausibility(evidence)
    if (!best || score > best.score) best = { pupil, limbus, score, evidence, soft }
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
  readonly pupil: PupilCandidate
  readonly limbus: Circle
  readonly score: number
}

/** The fitted pupil of a pair; most of the best pairs share one, and it seldom depends on the rest. */
function pupilOf(
  fine: Raster,
  { pupil, limbus }: Hypothesis,
  fits: Map<PupilCandidate, FittedPupil>,
): FittedPupil {
  const known = fits.get(pupil)
  if (known && known.freeFrom <= limbus.radius) return known
  const fitted = fitPupil(fine, pupil, limbus.radius)
  if (fitted.freeFrom <= limbus.radius) fits.set(pupil, fitted)
  return fitted
}

function hypotheses(working: WorkingImage, soft: Raster): Hypothesis[] {
  const { small, factor } = halved(working)
  return findPupilCandidates(small, PUPIL_CONTRAST, PUPIL_HYPOTHESES).flatMap((candidate) => {
    const pupil = { ...enlarged(candidate, factor), score: candidate.score }
    const look = lookAtPupil(soft, pupil)
    return limbusCircles(soft, pupil).map((limbus) => {
      return { pupil, limbus, score: plausibility(gatherEvidence(soft, look, limbus)) }
    })
  })
}

function limbusCircles(soft: Raster, pupil: Circle): readonly Circle[] {
  const contrasts = [LIMBUS_CONTRAST, FAINT_LIMBUS_CONTRAST]
  const [clear = [], faint = []] = findLimbusCandidates(soft, pupil, contrasts, LIMBUS_HYPOTHESES)
  const isNew = ({ x, y, radius }: Circle) =>
    !clear.some((other) => other.x === x && other.y === y && other.radius === radius)
  return [...clear, ...faint.filter(isNew)]
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
