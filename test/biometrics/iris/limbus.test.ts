import t from 'tap'
import { findLimbusCandidates, soleStep, soleSteps } from '../../../biometrics/iris/limbus.ts'
import { blur, type Raster } from '../../../biometrics/iris/raster.ts'
import { ringOf } from '../../../biometrics/iris/ring.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { type RenderedEye, radiusOf, renderedEye } from '../../kit/rendered-eyes.ts'

const softOf = ({ image }: RenderedEye): Raster => blur(workingImage(image).filled, 2)
const circleOf = (ellipse: RenderedEye['truth']['pupil']) => ({
  x: ellipse.x,
  y: ellipse.y,
  radius: radiusOf(ellipse),
})

t.test('one of four circles around the pupil is the outer edge', async (t) => {
  for (const person of [1, 2, 3, 4, 5]) {
    const eye = renderedEye(person, { zoom: 0.9 })
    const { x, y, radius } = circleOf(eye.truth.limbus)
    const [found = []] = findLimbusCandidates(softOf(eye), circleOf(eye.truth.pupil), [30], 4)
    t.ok(found.length >= 1 && found.length <= 4)
    const misses = found.map((circle) =>
      Math.max(Math.abs(circle.radius - radius), Math.hypot(circle.x - x, circle.y - y)),
    )
    t.ok(Math.min(...misses) < 5, `person ${person}: ${Math.min(...misses).toFixed(1)} pixels`)
  }
})

t.test('a step counts, a slope that goes on does not', async (t) => {
  const across = (level: (x: number) => number): Raster => {
    const data = Float32Array.from({ length: 100 * 9 }, (_, i) => level(i % 100))
    return { width: 100, height: 9, data }
  }
  const step = across((x) => (x < 50 ? 40 : 100))
  const slope = across((x) => 2 * x)
  t.equal(soleStep(step, 20, 4, 30, 3, [1, 0]), 60)
  t.ok(Math.abs(soleStep(slope, 20, 4, 30, 3, [1, 0])) < 1e-6)
  const steps = new Float64Array(2)
  soleSteps(step, 20, 4, 30, 3, ringOf([0, 0.5]), steps)
  t.equal(steps[0], 60)
  t.equal(steps[1], 0)
})

t.test('what is found at a contrast does not depend on the others', async (t) => {
  const eye = renderedEye(3, { noise: 4 })
  const find = (...contrasts: number[]) =>
    findLimbusCandidates(softOf(eye), circleOf(eye.truth.pupil), contrasts, 5)
  const together = find(30, 12, 5)
  t.same(together, [...find(30), ...find(12), ...find(5)])
  t.equal(new Set(together.map((found) => JSON.stringify(found))).size, 3)
})
