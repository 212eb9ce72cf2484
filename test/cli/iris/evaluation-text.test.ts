import t from 'tap'
import { plotEvaluation } from '../../../cli/iris/evaluation-plot.ts'
import { evaluationJson, evaluationText } from '../../../cli/iris/evaluation-text.ts'
import { emptyCounts, figuresOf, SCORE_BINS } from '../../../cli/iris/figures.ts'

function evaluation() {
  const counts = emptyCounts()
  for (let i = 0; i < 20; i++) counts.genuine[Math.floor(((10 + i) * SCORE_BINS) / 100)] = 1
  for (let i = 0; i < 2000; i++) counts.impostor[Math.floor((0.44 + i / 40_000) * SCORE_BINS)] = 1
  counts.impostorWithoutScore = 5
  const refusals = [{ path: 'a.png', reason: 'no-eye' }]
  return { images: 40, refusals, figures: figuresOf(counts), counts, msP50: 70.26, msP95: 91 }
}

t.test('people read each figure by name, with what the set cannot say', async (t) => {
  const text = evaluationText(evaluation())
  t.match(text, /images +40\nrefused +1 \(2\.50 %\)\ngenuine pairs +20, score 0\.1950 ± /)
  t.match(text, /could not compare +0 genuine, 5 impostor\nd' +\d/)
  t.match(text, /EER +0\.00 %\nFNMR at FMR 1e-3 +0\.00 %\nFNMR at FMR 1e-4 +unknown: too few/)
  t.match(text, /ms per image +p50 70\.3, p95 91\.0\n$/)
})

t.test('programs read the agreed keys', async (t) => {
  const json = JSON.parse(evaluationJson(evaluation()))
  t.same(
    Object.keys(json),
    [
      ['images', 'refused', 'genuine', 'impostor', 'dprime', 'eer', 'fnmr_at_1e3', 'fnmr_at_1e4'],
      ['fnmr_at_zero_fm', 'could_not_compare', 'ms_p50', 'ms_p95'],
    ].flat(),
  )
  t.match(json, { images: 40, refused: 1, genuine: 20, impostor: 2005, ms_p50: 70.3 })
})

t.test('the drawing is the same for the same figures', async (t) => {
  const plot = plotEvaluation(evaluation())
  t.equal(plotEvaluation(evaluation()), plot)
  t.match(plot, /^<svg .*Scores, all pairs.*T1.*DET.*<\/svg>\n$/s)
})
