import t from 'tap'
import { refinePupil, trackPupil } from '../../../biometrics/pad/pupil-tracker.ts'
import { FAIR_WEATHER } from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { drawEye, drawNoise, USUAL_PUPIL } from '../../kit/drawn-eyes.ts'

const renderer = createEyeRenderer()

t.test('the pupil is found to a fraction of a pixel, also from a poor guess', async (t) => {
  for (const radius of [18, 26, 32, 45]) {
    const pupil = { ...USUAL_PUPIL, radius }
    const image = drawEye({ texture: radius, pupil })
    const guess = { x: pupil.x + 2, y: pupil.y - 2, radius: 1.12 * radius }
    const found = refinePupil(image, guess)
    t.ok(
      found !== undefined && Math.abs(found.radius - radius) < 0.5,
      `${radius}: ${found?.radius}`,
    )
    t.ok(Math.hypot((found?.x ?? 0) - pupil.x, (found?.y ?? 0) - pupil.y) < 0.5)
  }
})

t.test('small and large pupils of rendered eyes follow the truth', async (t) => {
  const ratios = [0.24, 0.3, 0.38, 0.46, 0.55]
  const requests = ratios.map((pupilRatio, i) => ({
    person: 4,
    eye: 'left' as const,
    capture: { ...FAIR_WEATHER, pupilRatio, seed: i, illumination: 1 + (i % 3) },
  }))
  requests.forEach((request) => {
    const { a } = renderer.truth(request).pupil
    const [found] = trackPupil([renderer.render(request)])
    // The ruff's dark rim is seen as pupil by everyone: a constant, not a change.
    t.ok(Math.abs((found?.radius ?? 0) / a - 1) < 0.04, `${a}: ${found?.radius}`)
  })
})

t.test('it is lost in a blink and found again afterwards', async (t) => {
  const openings = [1, 1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 1, 1, 1, 1, 1, 1]
  const frames = openings.map((opening, seed) =>
    renderer.render({ person: 5, eye: 'right', capture: { ...FAIR_WEATHER, opening, seed } }),
  )
  const seen = trackPupil(frames).map((pupil) => pupil !== undefined)
  t.same(seen.slice(0, 2), [true, true])
  t.same(seen.slice(2, 8), [false, false, false, false, false, false])
  t.same(seen.slice(-2), [true, true])
})

t.test('where there is no eye there is no pupil', async (t) => {
  t.same(trackPupil([drawNoise(320, 240, 1), drawNoise(320, 240, 2)]), [undefined, undefined])
  const grey = { width: 320, height: 240, pixels: new Uint8Array(320 * 240).fill(90) }
  t.equal(refinePupil(grey, USUAL_PUPIL), undefined)
  t.same(trackPupil([]), [])
  const tiny = { width: 8, height: 8, pixels: new Uint8Array(64) }
  t.same(trackPupil([tiny]), [undefined])
})
