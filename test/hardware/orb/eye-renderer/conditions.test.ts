import t from 'tap'
import { sampleConditions } from '../../../../hardware/orb/eye-renderer/conditions.ts'

t.test('the mixture has its shares, each kind with what makes it so', async (t) => {
  const drawn = Array.from({ length: 4000 }, (_, seed) => sampleConditions(seed))
  const share = (...kinds: string[]) =>
    drawn.filter(({ kind }) => kinds.includes(kind)).length / drawn.length
  t.ok(Math.abs(share('good') - 0.78) < 0.02, `good ${share('good')}`)
  t.ok(Math.abs(share('fair') - 0.14) < 0.02, `fair ${share('fair')}`)
  for (const kind of ['shut', 'half-shut', 'blurred', 'smeared', 'off-gaze']) {
    t.ok(Math.abs(share(kind) - 0.016) < 0.008, `${kind} ${share(kind)}`)
  }
  const wrong = drawn.filter(({ kind, opening, blurPx, smearPx, gazeX, pupilRatio }) => {
    const isSoft = kind === 'blurred' || kind === 'smeared'
    return (
      opening < 0.45 !== (kind === 'shut' || kind === 'half-shut') ||
      smearPx > 0 !== (kind === 'smeared') ||
      blurPx >= 2 !== isSoft ||
      Math.abs(gazeX) > 30 !== (kind === 'off-gaze') ||
      pupilRatio < 0.25 ||
      pupilRatio > 0.6
    )
  })
  t.same(wrong, [])
})

t.test('a seed names one frame', async (t) => {
  t.same(sampleConditions(12), sampleConditions(12))
  t.notSame(sampleConditions(12), sampleConditions(13))
})
