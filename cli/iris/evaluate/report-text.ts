import type { CrossSet } from './cross-set.ts'
import type { LabelError } from './label-errors.ts'
import { percent, rateWithInterval } from './rates.ts'
import type { EvaluationReport, ProtocolFigures, TwoEyes } from './report.ts'

type MultiFrame = NonNullable<EvaluationReport['multi_frame']>

/** A report as lines for people. */
export function reportText(report: EvaluationReport): readonly string[] {
  const { intervals, two_eyes, multi_frame, cross } = report
  return [
    `intervals               95 %, ${intervals.replicates} resamples of ${intervals.persons} persons (seed ${intervals.seed});` +
      ` where no error is seen: at most ${percent(intervals.bound_if_none)} of persons have one`,
    ...(two_eyes
      ? twoEyesText('two eyes', two_eyes)
      : ['two eyes                no visit has both']),
    ...(multi_frame ? framesText(`${multi_frame.frames} frames`, multi_frame) : []),
    ...(multi_frame?.fused ? framesText(`${multi_frame.frames} fused`, multi_frame.fused) : []),
    ...bandsText(report),
    ...(cross ? [crossText(cross)] : []),
    ...labelErrorsText(report.label_errors),
  ]
}

function framesText(
  name: string,
  { single_eye, two_eyes }: Pick<MultiFrame, 'single_eye' | 'two_eyes'>,
): readonly string[] {
  const both = two_eyes ? twoEyesText(`${name}, two eyes`, two_eyes) : []
  return [ratesText(`${name}, one eye`, single_eye), ...both]
}

function twoEyesText(
  name: string,
  { presentations, refused, mean, either, both, rule }: TwoEyes,
): readonly string[] {
  return [
    `${name.padEnd(23)} ${presentations} visits, ${refused} without any usable image`,
    ratesText(`${name}, mean`, mean),
    ratesText(`${name}, either`, either),
    ratesText(`${name}, both`, both),
    ...rule.map(
      (row) =>
        `  duplicate rule up to ${row.up_to_persons} persons (T1 ${row.one_eye}, T2 ${row.both_eyes}): ` +
        `missed ${row.missed} of ${row.genuine}, false candidates ${row.false_candidates} of ${row.impostor}`,
    ),
  ]
}

function ratesText(name: string, rates: ProtocolFigures): string {
  const { intervals } = rates
  return (
    `${name.padEnd(23)} ${rates.genuine} genuine, ${rates.impostor} impostor: ` +
    `EER ${rateWithInterval(rates.eer, intervals.eer)}, ` +
    `at 1e-3 ${rateWithInterval(rates.fnmr_at_1e3, intervals.fnmr_at_1e3)}, ` +
    `at 1e-4 ${rateWithInterval(rates.fnmr_at_1e4, intervals.fnmr_at_1e4)}, ` +
    `at no false match ${rateWithInterval(rates.fnmr_at_zero_fm, intervals.fnmr_at_zero_fm)}`
  )
}

function bandsText({ quality_bands: { threshold, bands } }: EvaluationReport): readonly string[] {
  return [
    `by quality              at the threshold ${threshold.toFixed(4)}`,
    ...bands.map(
      (band) =>
        `  ${`${band.least} to ${band.most}`.padEnd(9)} ${band.images} images, ` +
        `FNMR ${band.fnmr === null ? 'none' : percent(band.fnmr)} of ${band.genuine}, ` +
        `FMR ${band.fmr === null ? 'none' : band.fmr.toExponential(1)} of ${band.impostor}`,
    ),
  ]
}

function crossText(cross: CrossSet): string {
  return (
    `across sets             ${cross.impostor} pairs, score ${cross.mean} ± ${cross.sd}, least ${cross.least}, ` +
    `${cross.could_not_compare} not compared, at most T1: ${cross.at_most_t1}`
  )
}

function labelErrorsText(errors: readonly LabelError[]): readonly string[] {
  if (errors.length === 0) return ['label errors            none suspected']
  return errors.map(({ subjects, evidence, eyes }) => {
    const each = eyes.map(
      ({ eye, pairs, least, median }) =>
        `${eye} median ${median ?? 'none'} least ${least ?? 'none'} of ${pairs}`,
    )
    return `label error?            ${subjects.join(' and ')} by ${evidence}: ${each.join('; ')}`
  })
}
