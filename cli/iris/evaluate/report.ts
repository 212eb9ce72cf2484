import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'
import { bootstrapIntervals, type Intervals, type Resampling } from './bootstrap.ts'
import {
  isUsable,
  oneEyePresentations,
  type Presentation,
  twoEyePresentations,
} from './captures.ts'
import { type CrossSet, crossSet } from './cross-set.ts'
import type { Evaluation, FusedProtocols } from './evaluate.ts'
import { oneEyeTrials, type RuleErrors, ruleErrors, twoEyeTrials } from './eye-protocols.ts'
import { type Figures, figuresOf } from './figures.ts'
import type { ScoredPresentations } from './fused-frames.ts'
import { type LabelError, labelErrors } from './label-errors.ts'
import { type QualityBand, qualityBands, thresholdAt } from './quality-bands.ts'
import { countTrials, type Trials } from './trials.ts'

/** Figures of one protocol with their intervals. */
export type ProtocolFigures = Figures & {
  readonly could_not_compare: number
  readonly intervals: ReportedIntervals
}

/** Intervals without the band of the plot. */
export type ReportedIntervals = Omit<Intervals, 'det'> & Resampling

/** Both eyes of a visit against both of another. */
export type TwoEyes = {
  readonly presentations: number
  /** Presentations without any template, left out of the pairs as refused images are. */
  readonly refused: number
  readonly mean: ProtocolFigures
  readonly either: ProtocolFigures
  /** The mean of those pairs only whose eyes were both compared. */
  readonly both: ProtocolFigures
  readonly rule: readonly RuleErrors[]
}

/** What an evaluation says beyond single images; `multi_frame` only where frames were asked for. */
export type EvaluationReport = {
  readonly intervals: ReportedIntervals
  readonly two_eyes: TwoEyes | null
  readonly multi_frame?: {
    readonly frames: number
    readonly presentations: number
    readonly refused: number
    readonly single_eye: ProtocolFigures
    readonly two_eyes: TwoEyes | null
    /** The same frames with their codes fused to one template an eye; null where none were. */
    readonly fused: {
      readonly single_eye: ProtocolFigures
      readonly two_eyes: TwoEyes | null
    } | null
  }
  readonly quality_bands: {
    /** Fraction of differing bits at FMR 1e-3, or T1 where the set is too small for that. */
    readonly threshold: number
    readonly bands: readonly QualityBand[]
  }
  readonly label_errors: readonly LabelError[]
  readonly cross?: CrossSet
}

/** Gallery sizes at which the rule is tried, persons: the rows of its table. */
const GALLERY_SIZES = [1000, 10_000, 100_000, 1_000_000, 10_000_000]

/** The report of an evaluation; `frames` images make one template in the multi-frame protocol. */
export function reportOf(
  evaluation: Evaluation,
  resampling: Resampling,
  frames: number,
): EvaluationReport {
  const { captures, table, persons, counts, figures } = evaluation
  const rates = (trials: Trials) => protocolFigures(trials, resampling)
  const { impostor, impostorWithoutScore } = counts
  const threshold = (most: number) =>
    figures.impostor * most < 1 ? null : thresholdAt(impostor, impostorWithoutScore, most)
  const { oneEye } = duplicateThresholds(1)
  const bandThreshold = threshold(1e-3) ?? oneEye / 1024
  const twoEyes = (
    presentations: readonly Presentation[],
    scored: ScoredPresentations = { presentations: presentations.filter(isUsable), table },
  ): TwoEyes | null => {
    if (presentations.length === 0) return null
    const { presentations: usable, table: scores } = scored
    return {
      presentations: presentations.length,
      refused: presentations.length - usable.length,
      mean: rates(twoEyeTrials(usable, persons, scores, 'mean')),
      either: rates(twoEyeTrials(usable, persons, scores, 'either')),
      both: rates(twoEyeTrials(usable, persons, scores, 'both')),
      rule: ruleErrors(usable, scores, GALLERY_SIZES),
    }
  }
  const fusedFrames = ({ oneEye: one, twoEyes: both }: FusedProtocols) => ({
    single_eye: rates(oneEyeTrials(one.presentations, persons, one.table)),
    two_eyes: twoEyes(twoEyePresentations(captures, frames), both),
  })
  const multiFrame = () => {
    const presentations = oneEyePresentations(captures, frames)
    const usable = presentations.filter(isUsable)
    return {
      frames,
      presentations: presentations.length,
      refused: presentations.length - usable.length,
      single_eye: rates(oneEyeTrials(usable, persons, table)),
      two_eyes: twoEyes(twoEyePresentations(captures, frames)),
      fused: evaluation.fused ? fusedFrames(evaluation.fused) : null,
    }
  }
  const { det: _, ...intervals } = evaluation.intervals
  const { across } = evaluation
  return {
    intervals: { ...intervals, ...resampling },
    two_eyes: twoEyes(twoEyePresentations(captures, 1)),
    ...(frames > 1 && { multi_frame: multiFrame() }),
    quality_bands: {
      threshold: bandThreshold,
      bands: qualityBands(captures, table, bandThreshold),
    },
    label_errors: labelErrors(captures, table),
    ...(across && {
      cross: crossSet(across.scores, {
        images: across.images,
        refused: across.refusals.length,
        threshold1e3: threshold(1e-3),
        threshold1e4: threshold(1e-4),
        oneEye,
      }),
    }),
  }
}

function protocolFigures(trials: Trials, resampling: Resampling): ProtocolFigures {
  const counts = countTrials(trials)
  const { det: _, ...intervals } = bootstrapIntervals(trials, resampling)
  return {
    ...figuresOf(counts),
    could_not_compare: counts.genuineWithoutScore + counts.impostorWithoutScore,
    intervals: { ...intervals, ...resampling },
  }
}
