import type { Evaluation } from './evaluate.ts'
import { moments } from './figures.ts'

/** The figures as one line of JSON, rates 0..1, null where the set is too small to say. */
export function evaluationJson(evaluation: Evaluation): string {
  const { images, refusals, figures, counts, msP50, msP95 } = evaluation
  return `${JSON.stringify({
    images,
    refused: refusals.length,
    ...figures,
    could_not_compare: counts.genuineWithoutScore + counts.impostorWithoutScore,
    ms_p50: Math.round(10 * msP50) / 10,
    ms_p95: Math.round(10 * msP95) / 10,
  })}\n`
}

/** The figures as lines for people, rates in per cent. */
export function evaluationText(evaluation: Evaluation): string {
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
    ['EER', percent(figures.eer)],
    ['FNMR at FMR 1e-3', percent(figures.fnmr_at_1e3)],
    ['FNMR at FMR 1e-4', percent(figures.fnmr_at_1e4)],
    ['FNMR at no false match', percent(figures.fnmr_at_zero_fm)],
    ['ms per image', `p50 ${msP50.toFixed(1)}, p95 ${msP95.toFixed(1)}`],
  ]
  return `${rows.map(([name, value]) => `${name.padEnd(23)} ${value}`).join('\n')}\n`
}

function percent(rate: number | null): string {
  return rate === null ? 'unknown: too few pairs' : `${(100 * rate).toFixed(2)} %`
}

function distribution(bins: Float64Array): string {
  const found = moments(bins)
  return found ? `${found.mean.toFixed(4)} ± ${Math.sqrt(found.variance).toFixed(4)}` : 'none'
}
