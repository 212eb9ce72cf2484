import fc from 'fast-check'
import t from 'tap'
import { bestClosedPath, CONTOUR_ANGLES } from '../../../biometrics/iris/contour.ts'
import { findLimbusCandidates } from '../../../biometrics/iris/limbus.ts'
import { findPupilCandidates } from '../../../biometrics/iris/pupil.ts'
import { blur } from '../../../biometrics/iris/raster.ts'
import { fitLimbus, fitPupil } from '../../../biometrics/iris/refine.ts'
import { isAlike, noKernel, numbersOf, TEXTURES, texturedRaster } from '../../kit/iris-backends.ts'

const skip = noKernel()

/** Images as the searches see them: blurred more or less, at least 16 pixels a side. */
const SEARCHED = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.integer({ min: 16, max: 170 }), fc.integer({ min: 16, max: 130 })),
      fc.constantFrom([160, 120] as const, [320, 240] as const),
    ),
    fc.constantFrom('discs' as const, ...TEXTURES),
    fc.integer(),
    fc.constantFrom(0.3, 1.2, 2),
  )
  .map(([[width, height], texture, seed, sigma]) =>
    blur(texturedRaster(width, height, texture, seed), sigma),
  )

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

/** A circle about anywhere, in shares of an image's size. */
const PLACE = fc.record({
  x: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  radius: fc.double({ min: 0.05, max: 0.3, noNaN: true }),
})

t.test('outer edges found are the same from the kernel and from its twin', { skip }, async (t) => {
  let found = 0
  fc.assert(
    fc.property(SEARCHED, PLACE, fc.constantFrom(3, 30), (raster, place, contrast) =>
      isAlike(() => {
        const [x, y] = [place.x * raster.width, place.y * raster.height]
        const pupil = { x, y, radius: place.radius * raster.height }
        const circles = findLimbusCandidates(raster, pupil, contrast, 1000)
        found += circles.length
        return numbersOf(circles)
      }),
    ),
    { numRuns: 60 },
  )
  t.ok(found > 200, `${found} circles`)
})

t.test('fitted contours are the same from the kernel and from its twins', { skip }, async () => {
  fc.assert(
    fc.property(SEARCHED, PLACE, fc.boolean(), (raster, place, isPupil) =>
      isAlike(() => {
        const [x, y] = [place.x * raster.width, place.y * raster.height]
        const circle = { x, y, radius: place.radius * raster.height }
        return numbersOf(
          isPupil
            ? fitPupil(raster, circle, 2.5 * circle.radius)
            : fitLimbus(raster, { ...circle, radius: 2.5 * circle.radius }, circle.radius, 30),
        )
      }),
    ),
    { numRuns: 60 },
  )
})

t.test('a best path is the same from the kernel and from its twin', { skip }, async () => {
  const rows = fc.tuple(fc.integer({ min: 2, max: 90 }), fc.integer(), fc.boolean())
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 12 }), ([count, seed, isWhole], bend) =>
      isAlike(() => {
        // Whole steps have many equal ways.
        const { data } = texturedRaster(count, CONTOUR_ANGLES, isWhole ? 'levels' : 'noise', seed)
        const edges = data.map((level) => (isWhole ? Math.floor(level / 64) - 1 : level - 99))
        return bestClosedPath({ least: 3.5, step: 0.5, count, edges }, isWhole ? 1 : 60, bend)
      }),
    ),
  )
})
