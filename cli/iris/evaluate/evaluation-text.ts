import type { Evaluation } from './evaluate.ts'
import { moments } from './figures.ts'
import { percent, rateWithInterval } from './rates.ts'
import type { EvaluationReport } from './report.ts'
import { reportText } from './report-text.ts'

/** The figures as one line of JSON, rates 0..1, null where the set is too small to say. */
export function evaluationJson(evaluation: Evaluation, report: EvaluationReport): string {
  const { images, refusals, figures, counts, msP50, msP95 } = evaluation
  return `${JSON.stringify({
    images,
    refused: refusals.length,
    ...figures,
    could_not_compare: counts.genuineWithoutScore + counts.impostorWithoutScore,
    ms_p50: Math.round(10 * msP50) / 10,
    ms_p95: Math.round(10 * msP95) / 10,
    ...report,
  })}\n`
}

/** The figures as lines for people, rates in per cent. */
export function evaluationText(evaluation: Evaluation, report: EvaluationReport): string {
  const { images, refusals, figures, counts, msP50, msP95 } = evaluation
  const rows: readonly (readonly [string, string])[] = [
    ['images', String(images)],
    ['refused', `${refusals.length} (${percent(refusals.length / images)})`],
    ['genuine pairs', `${figures.genuine}, score ${distribution(counts.genuine)}`],
    ['impostor pairs', `${figures.impostor}, score ${distribution(counts.impostor)}`],
    [
      'could not compare',
      `${counts.genuineWithoutScore} genuine, ${counts.impostorWithoutScore} impostor`,
    ],
    ["d'", figures.dprime === null ? 'unknown' : figures.dprime.toFixed(2)],
    ['EER', rateWithInterval(figures.eer, report.intervals.eer)],
    ['FNMR at FMR 1e-3', rateWithInterval(figures.fnmr_at_1e3, report.intervals.fnmr_at_1e3)],
    ['FNMR at FMR 1e-4', rateWithInterval(figures.fnmr_at_1e4, report.intervals.fnmr_at_1e4)],
    [
      'FNMR at no false match',
      rateWithInterval(figures.fnmr_at_zero_fm, report.intervals.fnmr_at_zero_fm),
    ],
    ['ms per image', `p50 ${msP50.toFixed(1)}, p95 ${msP95.toFixed(1)}`],
  ]
  const lines = rows.map(([name, value]) => `${name.padEnd(23)} ${value}`)
  return `${[...lines, ...reportText(report)].join('\n')}\n`
}

function distribution(bins: Float64Array): string {
  const found = moments(bins)
  return found ? `${found.mean.toFixed(4)} ± ${Math.sqrt(found.variance).toFixed(4)}` : 'none'
}
