import fc from 'fast-check'
import t from 'tap'
import { findLimbusCandidates } from '../../../biometrics/iris/limbus.ts'
import { findPupilCandidates } from '../../../biometrics/iris/pupil.ts'
import { ringOf, sampleRings } from '../../../biometrics/iris/ring.ts'
import { ANY_CIRCLE, isAlike, noKernel, numbersOf, SEARCHED } from '../../kit/iris-backends.ts'

const skip = noKernel()

/** A contrast alone, and some at once. */
const CONTRASTS = fc.constantFrom([3], [30], [30, 12], [12, 30, 3], [])

t.test('pupils found are the same from the kernel and from its twin', { skip }, async (t) => {
  let found = 0
  fc.assert(
    fc.property(SEARCHED, fc.double({ min: 5, max: 60, noNaN: true }), (raster, contrast) =>
      isAlike(() => {
        const circles = findPupilCandidates(raster, contrast, 400)
        found += circles.length
        return numbersOf(circles)
      }),
    ),
    { numRuns: 60 },
  )
  t.ok(found > 1000, `${found} circles`)
})

t.test('outer edges found are the same from the kernel and from its twin', { skip }, async (t) => {
  let found = 0
  fc.assert(
    fc.property(SEARCHED, ANY_CIRCLE, CONTRASTS, (raster, place, contrasts) =>
      isAlike(() => {
        const [x, y] = [place.x * raster.width, place.y * raster.height]
        const pupil = { x, y, radius: place.radius * raster.height }
        const circles = findLimbusCandidates(raster, pupil, contrasts, 1000).flat()
        found += circles.length
        return numbersOf(circles)
      }),
    ),
    { numRuns: 60 },
  )
  t.ok(found > 200, `${found} circles`)
})

t.test('rings sampled are the same from the kernel and from their twin', { skip }, async () => {
  const coordinate = fc.double({ min: -50, max: 400, noNaN: true })
  const circles = fc.array(fc.tuple(coordinate, coordinate, coordinate), { maxLength: 20 })
  const ring = ringOf(Array.from({ length: 24 }, (_, i) => i / 24))
  fc.assert(
    fc.property(SEARCHED, circles, (raster, places) =>
      isAlike(() => sampleRings(raster, Float64Array.from(places.flat()), ring)),
    ),
  )
})
