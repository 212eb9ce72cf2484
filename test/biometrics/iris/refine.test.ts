import t from 'tap'
import { type Contour, DIRECTIONS, meanRadius } from '../../../biometrics/iris/contour.ts'
import { blur } from '../../../biometrics/iris/raster.ts'
import { fitLimbus, fitPupil } from '../../../biometrics/iris/refine.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { beyondEllipse, type RenderedEye, radiusOf, renderedEye } from '../../kit/rendered-eyes.ts'

type Ellipse = RenderedEye['truth']['pupil']

/** Mean distance in pixels of a contour from an ellipse, in directions that `isSeen`. */
function missOf(contour: Contour, ellipse: Ellipse, isSeen: (cos: number) => boolean): number {
  const misses = DIRECTIONS.flatMap(([cos, sin], i) => {
    const radius = contour.radii[i] ?? 0
    const [x, y] = [contour.x + cos * radius, contour.y + sin * radius]
    return isSeen(cos) ? [Math.abs(beyondEllipse(ellipse, x, y))] : []
  })
  return misses.reduce((sum, miss) => sum + miss, 0) / misses.length
}

const off = ({ x, y, ...ellipse }: Ellipse, shift: number, factor: number) => ({
  x: x + shift,
  y: y - shift / 2,
  radius: factor * radiusOf({ x, y, ...ellipse }),
})

t.test('a rough circle is drawn onto the true edges, also when the eye looks aside', async (t) => {
  for (const gazeX of [0, 14]) {
    for (const person of [1, 2, 3]) {
      const { image, truth } = renderedEye(person, { gazeX })
      const { filled } = workingImage(image)
      const outer = radiusOf(truth.limbus)
      const pupil = fitPupil(blur(filled, 1), off(truth.pupil, 3, 0.9), outer)
      const inner = { ...pupil.contour, radius: meanRadius(pupil.contour) }
      const limbus = fitLimbus(blur(filled, 2), off(truth.limbus, 4, 1.05), inner, 30)
      const pupilMiss = missOf(pupil.contour, truth.pupil, () => true)
      t.ok(pupilMiss < 1, `pupil of ${person} at ${gazeX}°: ${pupilMiss.toFixed(2)} pixels`)
      t.ok(pupil.edge > 0.8)
      const limbusMiss = missOf(limbus.contour, truth.limbus, (cos) => Math.abs(cos) > 0.87)
      t.ok(limbusMiss < 3, `limbus of ${person} at ${gazeX}°: ${limbusMiss.toFixed(2)} pixels`)
      t.ok(limbus.step > 8.5)
    }
  }
})

t.test('where there is no edge the fit says so', async (t) => {
  const flat = { width: 320, height: 240, data: new Float32Array(320 * 240).fill(100) }
  const circle = { x: 160, y: 120, radius: 30 }
  t.equal(fitPupil(flat, circle, 80).edge, 0)
  t.ok(Math.abs(fitLimbus(flat, { ...circle, radius: 80 }, circle, 30).step) < 1e-3)
})

t.test('a pupil fits alike within any outer edge from a radius on, and not below', async (t) => {
  const { image, truth } = renderedEye(4, { noise: 3 })
  const fine = blur(workingImage(image).filled, 1)
  const circle = { ...truth.pupil, radius: radiusOf(truth.pupil) + 2 }
  const wide = fitPupil(fine, circle, 200)
  t.ok(wide.freeFrom > circle.radius && wide.freeFrom < 200, `from ${wide.freeFrom.toFixed(1)}`)
  t.same(fitPupil(fine, circle, wide.freeFrom), wide)
  t.notSame(fitPupil(fine, circle, 0.6 * wide.freeFrom).contour, wide.contour)
})
