import t from 'tap'
import { bootstrapIntervals } from '../../../../cli/iris/evaluate/bootstrap.ts'
import {
  isUsable,
  oneEyePresentations,
  type Presentation,
  twoEyePresentations,
} from '../../../../cli/iris/evaluate/captures.ts'
import type { Evaluation } from '../../../../cli/iris/evaluate/evaluate.ts'
import { plotEvaluation } from '../../../../cli/iris/evaluate/evaluation-plot.ts'
import { evaluationJson, evaluationText } from '../../../../cli/iris/evaluate/evaluation-text.ts'
import { singleImageTrials } from '../../../../cli/iris/evaluate/eye-protocols.ts'
import { emptyCounts, figuresOf, SCORE_BINS } from '../../../../cli/iris/evaluate/figures.ts'
import { reportOf } from '../../../../cli/iris/evaluate/report.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

const RESAMPLING = { replicates: 50, seed: 3 }

/** Fused codes that are all alike, so that each pair of strangers is an error. */
function fusedOf(set: ReturnType<typeof captures>) {
  const row = (presentations: readonly Presentation[]) =>
    presentations.map(({ person }, i) => ({ person, eyes: new Map([['left', [i]]]) }))
  const table = tableOf(6, () => 100)
  return {
    oneEye: { presentations: row(oneEyePresentations(set, 2).filter(isUsable)), table },
    twoEyes: { presentations: row(twoEyePresentations(set, 2).filter(isUsable)), table },
  }
}

function evaluation(scores?: readonly number[]) {
  const counts = emptyCounts()
  for (let i = 0; i < 20; i++) counts.genuine[Math.floor(((10 + i) * SCORE_BINS) / 100)] = 1
  for (let i = 0; i < 2000; i++) counts.impostor[Math.floor((0.44 + i / 40_000) * SCORE_BINS)] = 1
  counts.impostorWithoutScore = 5
  const refusals = [{ path: 'a.png', reason: 'no-eye' }]
  const set = captures('aL', 'aR', 'aL', 'aR', 'bL', 'bR', 'bL-', 'bR-')
  const table = tableOf(6, (i, j) => (i < 4 && (i - j) % 2 === 0 ? 200 : 480))
  const evaluation: Evaluation = {
    images: 40,
    refusals,
    figures: figuresOf(counts),
    counts,
    intervals: bootstrapIntervals(singleImageTrials(set, 2, table), RESAMPLING),
    captures: set,
    persons: 2,
    table,
    msP50: 70.26,
    msP95: 91,
    fused: fusedOf(set),
    ...(scores && { across: { images: 3, refusals: [], scores } }),
  }
  return [evaluation, reportOf(evaluation, RESAMPLING, 2)] as const
}

t.test('people read each figure by name, with what the set cannot say', async (t) => {
  const text = evaluationText(...evaluation())
  t.match(text, /images +40\nrefused +1 \(2\.50 %\)\ngenuine pairs +20, score 0\.1950 ± /)
  t.match(text, /could not compare +0 genuine, 5 impostor\nd' +\d/)
  t.match(text, /EER +0\.00 %\nFNMR at FMR 1e-3 +0\.00 %\nFNMR at FMR 1e-4 +unknown: too few/)
  t.match(text, /ms per image +p50 70\.3, p95 91\.0\nintervals +95 %, 50 resamples of 1 persons/)
  t.match(text, /two eyes +4 visits, 1 without any usable image/)
  t.match(text, /two eyes, mean +1 genuine, 2 impostor: EER 0\.00 %/)
  t.match(text, /up to 1000 persons \(T1 \d+, T2 \d+\): missed 0 of 1, false candidates 0 of 2/)
  t.match(text, /2 frames, one eye +0 genuine, \d impostor/)
  t.match(text, /2 fused, one eye +\d genuine, \d impostor: EER/)
  t.match(text, /2 fused, two eyes, mean +0 genuine, 1 impostor/)
  t.match(text, /2 fused, two eyes.*\n.*\n.*\n.*missed 0 of 0, false candidates 1 of 1/)
  t.match(text, /by quality .*\n {2}0 to 20 .*\n.*\n {2}40 to 60 +6 images, FNMR/)
  t.match(text, /label errors +none suspected\n$/)
})

t.test('programs read the agreed keys', async (t) => {
  const json = JSON.parse(evaluationJson(...evaluation()))
  t.same(
    Object.keys(json),
    [
      ['images', 'refused', 'genuine', 'impostor', 'dprime', 'eer', 'fnmr_at_1e3', 'fnmr_at_1e4'],
      ['fnmr_at_zero_fm', 'could_not_compare', 'ms_p50', 'ms_p95'],
      ['intervals', 'two_eyes', 'multi_frame', 'quality_bands', 'label_errors'],
    ].flat(),
  )
  t.match(json, { images: 40, refused: 1, genuine: 20, impostor: 2005, ms_p50: 70.3 })
})

t.test('a second set is told of only where there is one', async (t) => {
  const [first, report] = evaluation([0.46, 0.48, 0.2, Number.NaN])
  t.same(report.cross, {
    images: 3,
    refused: 0,
    impostor: 4,
    could_not_compare: 1,
    mean: 0.38,
    sd: 0.1275,
    least: 0.2,
    fmr_at_threshold_1e3: 0.25,
    fmr_at_threshold_1e4: null,
    at_most_t1: 1,
  })
  t.match(evaluationText(first, report), /across sets +4 pairs, score 0\.38 ± 0\.1275, least 0\.2/)
  t.equal(evaluation()[1].cross, undefined)
})

t.test('the drawing is the same for the same figures', async (t) => {
  const plot = plotEvaluation(evaluation()[0])
  t.equal(plotEvaluation(evaluation()[0]), plot)
  t.match(plot, /^<svg .*Scores, all pairs.*T1.*DET.*band: 95 %.*<\/svg>\n$/s)
})
