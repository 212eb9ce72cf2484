import t from 'tap'
import { skimLimits } from '../../../biometrics/search/skim-limits.ts'
import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'

t.test('a wider threshold never has narrower limits', async (t) => {
  const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
  const limits = sizes.map((size) => skimLimits(duplicateThresholds(size).oneEye))
  for (const [i, { first, second, step, masked }] of limits.entries()) {
    t.ok(first <= (limits[i - 1]?.first ?? 1000))
    t.ok(second <= (limits[i - 1]?.second ?? 1000))
    // Eight symbols of three rows in a byte.
    t.ok(8 * 3 * Math.max(2 * step, masked) <= 255)
  }
})
