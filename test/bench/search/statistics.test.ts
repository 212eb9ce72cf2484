import t from 'tap'
import { codeStatistics, STATED } from '../../../bench/search/statistics.ts'
import { seededWords } from '../../../bench/synthetic-irises.ts'

t.test('what is printed of synthetic codes is what is stated of them', async (t) => {
  const measured = codeStatistics(500, seededWords(1))
  for (const name of ['usable', 'impostor', 'genuine'] as const) {
    const [own, stated] = [measured[name], STATED[name]]
    // Four standard errors of a mean of 500, and a fifth of a deviation that comes out of so many.
    const slack = (4 * stated.deviation) / Math.sqrt(500)
    const where = `${name} ${own.mean} ± ${own.deviation}`
    t.ok(Math.abs(own.mean - stated.mean) < slack, where)
    t.ok(Math.abs(own.deviation / stated.deviation - 1) < 0.2, where)
  }
})

t.test('one eye and strangers lie as far apart as on real eyes', async (t) => {
  t.ok(STATED.genuine.deviation >= 0.06 && STATED.genuine.deviation <= 0.07)
  t.ok(Math.abs(STATED.genuine.mean - 0.168) < 0.01, 'development images .168')
  t.ok(Math.abs(STATED.impostor.mean - 0.462) < 0.004, 'development images .462')
})
