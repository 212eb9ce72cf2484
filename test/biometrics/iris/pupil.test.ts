import t from 'tap'
import { findPupilCandidates } from '../../../biometrics/iris/pupil.ts'
import { blur, resize } from '../../../biometrics/iris/raster.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import { drawNoise } from '../../kit/drawn-eyes.ts'
import { radiusOf, renderedEye } from '../../kit/rendered-eyes.ts'

function candidatesOf(image: GreyImage, count = 8) {
  const small = resize(blur(workingImage(image).filled, 1.2), 160, 120)
  return findPupilCandidates(small, 40, count)
}

t.test('the best candidate is the pupil, wide or narrow', async (t) => {
  for (const pupilRatio of [0.25, 0.4, 0.6]) {
    for (const person of [1, 2, 3]) {
      const { image, truth } = renderedEye(person, { pupilRatio })
      const [best] = candidatesOf(image)
      const x = (truth.pupil.x + 0.5) / 2 - 0.5
      const y = (truth.pupil.y + 0.5) / 2 - 0.5
      t.ok(
        best && Math.hypot(best.x - x, best.y - y) < 2 + 0.04 * radiusOf(truth.pupil),
        `centre, ${person} at ${pupilRatio}`,
      )
      t.ok(best && Math.abs(best.radius - radiusOf(truth.pupil) / 2) < 3, 'radius')
      t.ok(best && best.score > 0.6)
    }
  }
})

t.test('candidates are told apart, ranked, and at most as many as asked for', async (t) => {
  const { image } = renderedEye(4)
  const all = candidatesOf(image, 8)
  t.ok(all.length > 1 && all.length <= 8)
  t.same(
    all.map(({ score }) => score),
    all.map(({ score }) => score).sort((a, b) => b - a),
  )
  t.same(candidatesOf(image, 2), all.slice(0, 2), 'fewer are the first of more')
})

t.test('where nothing is round and dark there is no good candidate', async (t) => {
  t.ok((candidatesOf(drawNoise(320, 240, 2))[0]?.score ?? 0) < 0.5)
  const flat = { width: 320, height: 240, pixels: new Uint8Array(320 * 240).fill(120) }
  t.same(candidatesOf(flat), [])
})
