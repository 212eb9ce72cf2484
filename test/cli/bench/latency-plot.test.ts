import t from 'tap'
import { plotLatency } from '../../../cli/bench/latency-plot.ts'

t.test('each mode has its curves, on axes of whole powers of ten around them', async (t) => {
  const resident = [
    { eyes: 1000, p50: 0.2, p95: 0.4, cpuP50: 0.2 },
    { eyes: 1_000_000, p50: 80, p95: 120, cpuP50: 80 },
  ]
  const both = plotLatency({ resident, lean: resident })
  t.match(both, /resident: p50.*lean: p50/s)
  t.equal(both.match(/<polyline/g)?.length, 6)
  t.match(both, />0.1<.*>1 k</s)
  t.match(both, />1 M</)
  t.notMatch(plotLatency({ resident, lean: [] }), /lean/)
})
