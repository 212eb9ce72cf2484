import t from 'tap'
import { contourOfCircle } from '../../../biometrics/iris/contour.ts'
import { findLids, type Lid, lidAt, scaleLid } from '../../../biometrics/iris/lids.ts'
import { blur } from '../../../biometrics/iris/raster.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { drawEye, USUAL_LIMBUS, USUAL_PUPIL } from '../../kit/drawn-eyes.ts'
import { type RenderedEye, radiusOf, renderedEye } from '../../kit/rendered-eyes.ts'

function lidsOf({ image, truth }: RenderedEye) {
  const circle = (ellipse: RenderedEye['truth']['pupil']) =>
    contourOfCircle({ x: ellipse.x, y: ellipse.y, radius: radiusOf(ellipse) })
  const soft = blur(workingImage(image).filled, 2)
  return findLids(soft, circle(truth.pupil), circle(truth.limbus))
}

/** Mean distance in pixels of a lid from the true edge over the middle of the iris. */
function missOf(lid: Lid, edge: RenderedEye['truth']['lids']['upper']): number {
  const near = edge.filter(({ x }) => Math.abs(x - lid.x) < 0.5 * lid.radius)
  return near.reduce((sum, { x, y }) => sum + Math.abs(lidAt(lid, x) - y), 0) / near.length
}

t.test('a lowered upper lid is found where it hangs', async (t) => {
  for (const person of [1, 2, 3, 4]) {
    const eye = renderedEye(person, { opening: 0.65 })
    const { upper } = lidsOf(eye)
    t.ok(upper, `person ${person}`)
    // Lashes hide the very edge: the lid may be seen a little above or below it.
    const miss = upper ? missOf(upper, eye.truth.lids.upper) : Infinity
    t.ok(miss < 0.12 * radiusOf(eye.truth.limbus), `${miss.toFixed(1)} pixels`)
  }
})

t.test('no lid is seen across a wide open eye', async (t) => {
  const image = drawEye({ texture: 6, upperLid: -0.2, lowerLid: -0.2 })
  const soft = blur(workingImage(image).filled, 2)
  const lids = findLids(soft, contourOfCircle(USUAL_PUPIL), contourOfCircle(USUAL_LIMBUS))
  for (const lid of [lids.upper, lids.lower]) {
    t.notOk(lid && Math.abs(lidAt(lid, USUAL_LIMBUS.x) - USUAL_LIMBUS.y) < 0.8 * 82)
  }
})

t.test('a scaled lid is the same curve in larger pixels', async (t) => {
  const lid = { x: 50, y: 40, radius: 20, top: -0.5, bend: 0.3, tilt: 0.1, contrast: 20 }
  const large = scaleLid(lid, 3)
  const y = (lidAt(lid, 57) + 0.5) * 3 - 0.5
  t.ok(Math.abs(lidAt(large, 57.5 * 3 - 0.5) - y) < 1e-9)
})
