import t from 'tap'
import { contourOfCircle } from '../../../biometrics/iris/contour.ts'
import { gatherEvidence, lookAtPupil, plausibility } from '../../../biometrics/iris/plausible.ts'
import { blur, type Raster } from '../../../biometrics/iris/raster.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { type RenderedEye, radiusOf, renderedEye } from '../../kit/rendered-eyes.ts'

const softOf = ({ image }: RenderedEye): Raster => blur(workingImage(image).filled, 2)
const circleOf = (ellipse: RenderedEye['truth']['pupil']) => ({
  x: ellipse.x,
  y: ellipse.y,
  radius: radiusOf(ellipse),
})

t.test('the true boundaries are more plausible than wrong ones of the same eye', async (t) => {
  for (const person of [1, 2, 3, 4, 5, 6]) {
    const eye = renderedEye(person)
    const soft = softOf(eye)
    const pupil = { ...circleOf(eye.truth.pupil), score: 0.8 }
    const limbus = circleOf(eye.truth.limbus)
    const truth = plausibility(gatherEvidence(soft, lookAtPupil(soft, pupil), limbus))
    const wrong = {
      'half the ring': { ...limbus, radius: 0.5 * (limbus.radius + pupil.radius) },
      'sclera too': { ...limbus, radius: 1.25 * limbus.radius },
      'beside it': { ...limbus, x: limbus.x + 0.2 * limbus.radius },
    }
    for (const [name, circle] of Object.entries(wrong)) {
      const score = plausibility(gatherEvidence(soft, lookAtPupil(soft, pupil), circle))
      t.ok(score < truth - 1, `${name} of ${person}: ${score.toFixed(1)} < ${truth.toFixed(1)}`)
    }
  }
})

t.test('the sclera is brighter outside the true edge, not outside half of it', async (t) => {
  const eye = renderedEye(1)
  const pupil = { ...circleOf(eye.truth.pupil), score: 0.8 }
  const limbus = circleOf(eye.truth.limbus)
  const inner = { ...limbus, radius: 0.7 * limbus.radius }
  t.ok(gatherEvidence(softOf(eye), lookAtPupil(softOf(eye), pupil), limbus).scleraLevels > 0.9)
  t.ok(gatherEvidence(softOf(eye), lookAtPupil(softOf(eye), pupil), inner).scleraLevels < 0.5)
})

t.test('a ring that takes in sclera and skin is uneven', async (t) => {
  const eye = renderedEye(2)
  const pupil = { ...circleOf(eye.truth.pupil), score: 0.8 }
  const limbus = circleOf(eye.truth.limbus)
  const wide = { ...limbus, radius: 1.4 * limbus.radius }
  const [within, beyond] = [limbus, wide].map(
    (circle) => gatherEvidence(softOf(eye), lookAtPupil(softOf(eye), pupil), circle).unevenShare,
  ) as [number, number]
  t.ok(beyond > 1.2 * within, `${beyond.toFixed(2)} against ${within.toFixed(2)}`)
})

t.test('what the border of the image cuts off is left out', async (t) => {
  const eye = renderedEye(3)
  const soft = softOf(eye)
  const pupil = { ...circleOf(eye.truth.pupil), score: 0.8 }
  const limbus = circleOf(eye.truth.limbus)
  t.equal(gatherEvidence(soft, lookAtPupil(soft, pupil), limbus).unseen, 0)
  const width = Math.round(limbus.x + 0.8 * limbus.radius)
  const cut = { width, height: soft.height, data: new Float32Array(width * soft.height) }
  for (let at = 0; at < cut.data.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)]
    cut.data[at] = soft.data[y * soft.width + x] as number
  }
  const evidence = gatherEvidence(cut, lookAtPupil(cut, pupil), limbus)
  t.ok(evidence.unseen > 0.4 && evidence.unseen < 0.6, 'one side is not seen')
  t.ok(evidence.clearSides > 0.9, 'and the other shows its edge')
})

t.test('a circle is the same evidence as the contour of that circle', async (t) => {
  const eye = renderedEye(4)
  const soft = softOf(eye)
  const pupil = { ...circleOf(eye.truth.pupil), score: 0.8 }
  const limbus = circleOf(eye.truth.limbus)
  const [plain, drawn] = [limbus, contourOfCircle(limbus)].map((edge) =>
    plausibility(gatherEvidence(soft, lookAtPupil(soft, pupil), edge)),
  ) as [number, number]
  t.ok(Math.abs(plain - drawn) < 1e-3)
})
