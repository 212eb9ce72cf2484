import t from 'tap'
import { usualCapture } from '../../bench/capture-qualities.ts'
import { seededWords } from '../../bench/synthetic-irises.ts'

t.test('captures are of several qualities: most are good, some are poor', async (t) => {
  const words = seededWords(1)
  const noises = Array.from({ length: 4000 }, () => usualCapture(words).noise).sort((a, b) => a - b)
  const at = (share: number) => noises[Math.floor(share * noises.length)] ?? 0
  t.ok(at(0.3) > 0.15 && at(0.3) < 0.25, `${at(0.3)}`)
  t.ok(at(0.8) > 0.3 && at(0.8) < 0.5, `${at(0.8)}`)
  t.ok(at(0.98) > 0.7, `${at(0.98)}`)
  t.ok(at(0) >= 0.05)
})
