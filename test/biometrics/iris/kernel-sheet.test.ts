import fc from 'fast-check'
import t from 'tap'
import { CONTOUR_ANGLES } from '../../../biometrics/iris/contour.ts'
import { gaussian } from '../../../biometrics/iris/raster.ts'
import { convolveRows, normalise, smoothRows } from '../../../biometrics/iris/sheet-filters.ts'
import { SHEET_COLUMNS, SHEET_ROWS, unroll } from '../../../biometrics/iris/unroll.ts'
import { isAlike, noKernel, TEXTURES, texturedRaster } from '../../kit/iris-backends.ts'
import { seededWords } from '../../kit/iris-codes.ts'

const skip = noKernel()

/** Rasters with two wavy contours of which parts may lie outside. */
const EYE = fc
  .record({
    size: fc.constantFrom([64, 64] as const, [320, 240] as const, [333, 251] as const),
    texture: fc.constantFrom(...TEXTURES),
    seed: fc.integer(),
    x: fc.double({ min: -0.2, max: 1.2, noNaN: true }),
    y: fc.double({ min: -0.2, max: 1.2, noNaN: true }),
    factor: fc.constantFrom(1, 0.5, 1.37),
    tops: fc.tuple(
      fc.double({ min: -1.2, max: 0.5, noNaN: true }),
      fc.double({ min: -0.5, max: 1.2 }),
    ),
    hasLids: fc.tuple(fc.boolean(), fc.boolean()),
  })
  .map(({ size: [width, height], texture, seed, x, y, factor, tops, hasLids }) => {
    const next = seededWords(seed)
    const contour = (radius: number) => ({
      x: (x * width) / factor,
      y: (y * height) / factor,
      radii: Float32Array.from({ length: CONTOUR_ANGLES }, () => radius * (1 + (next() % 9) / 20)),
    })
    const raster = texturedRaster(width, height, texture, seed)
    const pupil = contour(0.1 * height)
    const limbus = contour(0.4 * height)
    const [upper, lower] = [0, 1].map((k) =>
      hasLids[k]
        ? {
            ...limbus,
            radius: 0.4 * height,
            top: tops[k] ?? 0,
            bend: 0.3,
            tilt: -0.15,
            contrast: 9,
          }
        : undefined,
    )
    return { raster, factor, pupil, limbus, lids: { upper, lower } }
  })

t.test('an unrolled iris is the same from the kernel and from its twin', { skip }, async () => {
  fc.assert(
    fc.property(EYE, ({ raster, factor, pupil, limbus, lids }) => {
      const [width, height] = [raster.width, raster.height].map((side) => Math.ceil(side / factor))
      const specks = texturedRaster(width ?? 0, height ?? 0, 'specks', 0)
      const glints = { ...specks, data: specks.data.map((level) => level / 255) }
      const sheet = () => unroll(raster, factor, pupil, limbus, { lids, glints })
      return isAlike(() => sheet().values) && isAlike(() => sheet().usable)
    }),
    { numRuns: 40 },
  )
})

/** Sheets of a texture, of which nothing, something or all is usable. */
const SHEET = fc
  .tuple(fc.constantFrom(...TEXTURES), fc.integer(), fc.constantFrom(0, 1, 2, 17, 100))
  .map(([texture, seed, share]) => {
    const { data } = texturedRaster(SHEET_COLUMNS, SHEET_ROWS, texture, seed)
    const next = seededWords(seed)
    return { values: data, usable: Uint8Array.from(data, () => (next() % 100 < share ? 1 : 0)) }
  })

t.test('normalised values are the same from the kernel and from its twin', { skip }, async () => {
  fc.assert(
    fc.property(SHEET, (sheet) => isAlike(() => normalise(sheet).values)),
    { numRuns: 40 },
  )
})

t.test('filtered rows are the same from the kernel and from its twins', { skip }, async () => {
  const sigma = fc.double({ min: 0.3, max: 8, noNaN: true })
  fc.assert(
    fc.property(SHEET, sigma, sigma, ({ values }, down, across) => {
      const rows = smoothRows(values, down)
      return (
        isAlike(() => smoothRows(values, down)) &&
        isAlike(() => convolveRows(rows, gaussian(across)))
      )
    }),
    { numRuns: 40 },
  )
})
