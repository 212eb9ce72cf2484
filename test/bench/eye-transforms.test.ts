import t from 'tap'
import { diceOf, type EyeCircle } from '../../bench/eye-painting.ts'
import { EYE_TRANSFORMS, type EyeTransform } from '../../bench/eye-transforms.ts'
import type { Point } from '../../biometrics/iris/boundaries.ts'
import { encodeIris } from '../../biometrics/iris/encode.ts'
import { radiusOf, renderedEye } from '../kit/rendered-eyes.ts'

const transform = (name: string): EyeTransform => EYE_TRANSFORMS[name] as EyeTransform

function circleOf(points: readonly Point[]): EyeCircle {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))]
  return { x, y, radius: mean(points.map(([px, py]) => Math.hypot(px - x, py - y))) }
}

/** Greatest difference of middle and radius, as a share of the iris's radius. */
const miss = (found: EyeCircle, truth: EyeCircle, radius: number) =>
  Math.max(
    Math.hypot(found.x - truth.x, found.y - truth.y),
    Math.abs(found.radius - truth.radius),
  ) / radius

const eyes = [1, 3, 5].map((person) => {
  const { image, truth } = renderedEye(person)
  const circle = (ellipse: typeof truth.pupil) => ({
    x: ellipse.x,
    y: ellipse.y,
    radius: radiusOf(ellipse),
  })
  return { person, image, place: { pupil: circle(truth.pupil), limbus: circle(truth.limbus) } }
})

t.test('boundaries hold where another camera would have taken the eye', async (t) => {
  for (const name of [
    'flat pupil',
    'iris 55',
    'large, cut',
    'contrast .35',
    'dull sclera .5',
    'edge glints',
    'ring of glints',
    'side light',
    'letterbox',
    'turned 10',
    '640x480',
    'laboratory',
  ]) {
    for (const { person, image, place } of eyes) {
      const framed = transform(name)(image, place, diceOf(person))
      const { boundaries } = encodeIris(framed.image)
      const { radius } = framed.place.limbus
      if (!boundaries) {
        t.fail(`${name}, person ${person}: no boundaries`)
        continue
      }
      const inner = miss(circleOf(boundaries.pupil), framed.place.pupil, radius)
      const outer = miss(circleOf(boundaries.limbus), framed.place.limbus, radius)
      t.ok(inner < 0.06, `${name}, person ${person}: pupil off by ${inner.toFixed(3)}`)
      t.ok(outer < 0.1, `${name}, person ${person}: limbus off by ${outer.toFixed(3)}`)
    }
  }
})

t.test('a transform says where the eye lies in its frame, and follows from its seed', async (t) => {
  const eye = eyes[0] as (typeof eyes)[number]
  for (const [name, work] of Object.entries(EYE_TRANSFORMS)) {
    const framed = work(eye.image, eye.place, diceOf(7))
    const again = work(eye.image, eye.place, diceOf(7))
    t.equal(Buffer.compare(framed.image.pixels, again.image.pixels), 0, `${name} repeats`)
    const { limbus } = framed.place
    const [x, y] = framed.toOriginal(limbus.x, limbus.y)
    t.ok(Math.hypot(x - eye.place.limbus.x, y - eye.place.limbus.y) < 1e-6, `${name} leads back`)
  }
})
