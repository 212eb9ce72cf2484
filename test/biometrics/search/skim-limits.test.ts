import t from 'tap'
import { skimLimits } from '../../../biometrics/search/skim-limits.ts'
import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'

t.test('a wider threshold never has narrower limits', async (t) => {
  const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
  const limits = sizes.map((size) => skimLimits(duplicateThresholds(size).oneEye))
  for (const [i, { two, three, all }] of limits.entries()) {
    const wider = limits[i - 1] ?? { two: 1000, three: 1000, all: 1000 }
    t.ok(two <= wider.two && three <= wider.three && all <= wider.all)
  }
})
