import t from 'tap'
import { meanRadius } from '../../../biometrics/iris/contour.ts'
import { findLids, lidAt } from '../../../biometrics/iris/lids.ts'
import { findPupil, locateIris } from '../../../biometrics/iris/locate.ts'
import { blur } from '../../../biometrics/iris/raster.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { drawEye, USUAL_LIMBUS, USUAL_PUPIL } from '../../kit/drawn-eyes.ts'

t.test('the pair with the clearest edges wins over lashes and a false ring', async (t) => {
  const image = drawEye({ texture: 7, hasLashes: true })
  // A darker zone around the pupil: a collarette that looks like a limbus.
  const pixels = image.pixels.map((level, i) => {
    const share = Math.hypot((i % 320) - USUAL_PUPIL.x, Math.floor(i / 320) - USUAL_PUPIL.y)
    return share > 34 && share < 52 && level > 60 && level < 170 ? level - 14 : level
  })
  const located = locateIris(workingImage({ ...image, pixels }))
  t.ok(located && Math.abs(meanRadius(located.pupil.contour) - USUAL_PUPIL.radius) < 2)
  t.ok(located && Math.abs(meanRadius(located.limbus.contour) - USUAL_LIMBUS.radius) < 4)
})

t.test('grey levels of the camera do not matter', async (t) => {
  const image = drawEye({ texture: 8 })
  const dim = { ...image, pixels: image.pixels.map((level) => 20 + level / 3) }
  const [bright, dark] = [locateIris(workingImage(image)), locateIris(workingImage(dim))]
  t.ok(bright && dark)
  if (!bright || !dark) return
  const drift = meanRadius(bright.limbus.contour) - meanRadius(dark.limbus.contour)
  t.ok(Math.abs(drift) < 1.5, `${drift} pixels`)
})

t.test('a quick look finds the pupil alone', async (t) => {
  const found = findPupil(workingImage(drawEye({ texture: 9 })))
  t.ok(found && Math.hypot(found.x - USUAL_PUPIL.x, found.y - USUAL_PUPIL.y) < 6)
})

t.test('lids are found where they cross the iris and nowhere else', async (t) => {
  const lids = (upperLid: number, lowerLid: number) => {
    const working = workingImage(drawEye({ texture: 6, upperLid, lowerLid }))
    const located = locateIris(working)
    t.ok(located)
    return (
      located && findLids(blur(working.filled, 2), located.pupil.contour, located.limbus.contour)
    )
  }
  const hooded = lids(0.22, 0.12)
  const top = USUAL_LIMBUS.y - USUAL_LIMBUS.radius * (1 - 2 * 0.22)
  const bottom = USUAL_LIMBUS.y + USUAL_LIMBUS.radius * (1 - 2 * 0.12)
  t.ok(hooded?.upper && Math.abs(lidAt(hooded.upper, USUAL_LIMBUS.x) - top) < 5)
  t.ok(hooded?.lower && Math.abs(lidAt(hooded.lower, USUAL_LIMBUS.x) - bottom) < 5)
  const wide = lids(-0.2, -0.2)
  const inside = (y: number) => Math.abs(y - USUAL_LIMBUS.y) < 0.8 * USUAL_LIMBUS.radius
  t.notOk(wide?.upper && inside(lidAt(wide.upper, USUAL_LIMBUS.x)), 'no lid in an open eye')
  t.notOk(wide?.lower && inside(lidAt(wide.lower, USUAL_LIMBUS.x)))
})
