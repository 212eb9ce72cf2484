import fc from 'fast-check'
import t from 'tap'
import { extremeFilter } from '../../../biometrics/iris/extremes.ts'
import { blur, resize } from '../../../biometrics/iris/raster.ts'
import { workingImage } from '../../../biometrics/iris/working.ts'
import { isAlike, noKernel, TEXTURES, texturedRaster } from '../../kit/iris-backends.ts'

const skip = noKernel()

/** Sizes from one pixel up, odd ones too, and those that cameras have. */
const RASTER = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 50 })),
      fc.constantFrom([320, 240] as const, [161, 119] as const),
    ),
    fc.constantFrom(...TEXTURES),
    fc.integer(),
  )
  .map(([[width, height], texture, seed]) => texturedRaster(width, height, texture, seed))

t.test('a blur is the same from the kernel and from its twin', { skip }, async () => {
  fc.assert(
    fc.property(RASTER, fc.double({ min: 0.2, max: 4, noNaN: true }), (raster, sigma) =>
      isAlike(() => blur(raster, sigma).data),
    ),
  )
})

t.test('running extremes are the same from the kernel and from their twin', { skip }, async () => {
  fc.assert(
    fc.property(
      RASTER,
      fc.integer({ min: 0, max: 20 }),
      fc.constantFrom(1 as const, -1 as const),
      (raster, reach, sign) => isAlike(() => extremeFilter(raster, reach, sign).data),
    ),
  )
})

t.test('scaled images are the same from the kernel and from its twin', { skip }, async () => {
  const side = fc.integer({ min: 1, max: 170 })
  fc.assert(
    fc.property(RASTER, side, side, (raster, width, height) =>
      isAlike(() => resize(raster, width, height).data),
    ),
  )
})

t.test('working images are the same from the kernel and from its twins', { skip }, async () => {
  fc.assert(
    fc.property(RASTER, fc.constantFrom(76_800, 38_400, 4000), ({ data, ...size }, pixels) => {
      const image = { ...size, pixels: new Uint8Array(data) }
      return (
        isAlike(() => workingImage(image, pixels).filled.data) &&
        isAlike(() => workingImage(image, pixels).glints.data)
      )
    }),
  )
})

t.test('large images are the same from the kernel and from its twins', { skip }, async (t) => {
  const raster = texturedRaster(1280, 960, 'noise', 1)
  t.ok(isAlike(() => blur(raster, 2).data))
  t.ok(isAlike(() => extremeFilter(raster, 8, -1).data))
  t.ok(isAlike(() => resize(raster, 320, 240).data))
  t.ok(isAlike(() => resize(raster, 771, 333).data))
})
