import fc from 'fast-check'
import t from 'tap'
import { bestClosedPath, CONTOUR_ANGLES, recentre } from '../../../biometrics/iris/contour.ts'
import { fourierFit } from '../../../biometrics/iris/fourier.ts'
import { fitLimbus, fitPupil } from '../../../biometrics/iris/refine.ts'
import {
  ANY_CIRCLE,
  isAlike,
  noKernel,
  numbersOf,
  SEARCHED,
  texturedRaster,
} from '../../kit/iris-backends.ts'
import { seededWords } from '../../kit/iris-codes.ts'

const skip = noKernel()

t.test('fitted contours are the same from the kernel and from its twins', { skip }, async () => {
  fc.assert(
    fc.property(SEARCHED, ANY_CIRCLE, fc.boolean(), (raster, place, isPupil) =>
      isAlike(() => {
        const [x, y] = [place.x * raster.width, place.y * raster.height]
        const circle = { x, y, radius: place.radius * raster.height }
        return numbersOf(
          isPupil
            ? fitPupil(raster, circle, 2.5 * circle.radius)
            : fitLimbus(raster, { ...circle, radius: 2.5 * circle.radius }, circle, 30),
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

/** Radii in all directions: smooth, wild, all the same, or none. */
const RADII = fc
  .tuple(fc.integer(), fc.constantFrom(0, 1, 30), fc.constantFrom(0, 0.5, 40))
  .map(([seed, spread, radius]) => {
    const next = seededWords(seed)
    return Float32Array.from(
      { length: CONTOUR_ANGLES },
      () => radius + (spread * (next() % 1000)) / 1000,
    )
  })

const PIXELS = fc.double({ min: -30, max: 30, noNaN: true })
const WEIGHT = fc.double({ min: 0, max: 20, noNaN: true })
const PROBABLE_MIDDLE = fc.record({
  dx: PIXELS,
  dy: PIXELS,
  weightAcross: WEIGHT,
  weightDown: WEIGHT,
})

t.test('smoothed radii are the same from the kernel and from their twin', { skip }, async () => {
  const weights = fc.tuple(fc.integer(), fc.constantFrom(0, 0.02, 1)).map(([seed, least]) => {
    const next = seededWords(seed)
    return Float32Array.from({ length: CONTOUR_ANGLES }, () => Math.max(least, (next() % 9) / 8))
  })
  fc.assert(
    fc.property(
      RADII,
      weights,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 0.3, 4),
      fc.option(PROBABLE_MIDDLE, { nil: undefined }),
      (radii, weight, order, stiffness, middle) =>
        isAlike(() => fourierFit(radii, weight, order, stiffness, middle)),
    ),
    { numRuns: 300 },
  )
})

t.test('a contour turned to its middle is the same from both', { skip }, async () => {
  const coordinate = fc.double({ min: -50, max: 400, noNaN: true })
  fc.assert(
    fc.property(RADII, coordinate, coordinate, (radii, x, y) =>
      isAlike(() => numbersOf(recentre({ x, y, radii }))),
    ),
    { numRuns: 300 },
  )
})
