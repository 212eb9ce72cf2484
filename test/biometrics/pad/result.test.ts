import t from 'tap'
import { PAD_VERSION, padResult } from '../../../biometrics/pad/result.ts'

t.test(
  'a result carries method and version, so that later limits are told from these',
  async (t) => {
    t.same(padResult('corneal-glints', 'suspect', 'glints-not-as-asked', { framesCount: 30 }), {
      method: 'corneal-glints',
      version: PAD_VERSION,
      outcome: 'suspect',
      reason: 'glints-not-as-asked',
      measures: { framesCount: 30 },
    })
  },
)
