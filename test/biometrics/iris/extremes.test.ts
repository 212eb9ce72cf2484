import t from 'tap'
import { extremeFilter, grow } from '../../../biometrics/iris/extremes.ts'
import type { Raster } from '../../../biometrics/iris/raster.ts'
import { seededWords } from '../../kit/iris-codes.ts'

function noise(width: number, height: number, seed: number): Raster {
  const next = seededWords(seed)
  return { width, height, data: Float32Array.from({ length: width * height }, () => next() % 256) }
}

t.test('running extremes are those of the definition', async (t) => {
  for (const [width, height, reach] of [
    [17, 11, 1],
    [16, 9, 3],
    [7, 5, 8],
  ] as const) {
    const image = noise(width, height, reach)
    const expected = image.data.map((_, i) => {
      const [cx, cy] = [i % width, Math.floor(i / width)]
      let least = Infinity
      for (let y = Math.max(0, cy - reach); y <= Math.min(height - 1, cy + reach); y++) {
        for (let x = Math.max(0, cx - reach); x <= Math.min(width - 1, cx + reach); x++) {
          least = Math.min(least, image.data[y * width + x] ?? Infinity)
        }
      }
      return least
    })
    t.same(extremeFilter(image, reach, 1).data, expected)
    const negative = { ...image, data: image.data.map((value) => 255 - value) }
    t.same(
      extremeFilter(negative, reach, -1).data,
      expected.map((value) => 255 - value),
    )
  }
})

t.test('specks grow into squares that end at the edges', async (t) => {
  const image = noise(19, 13, 5)
  const specks = { ...image, data: image.data.map((level) => (level > 240 ? 1 : 0)) }
  for (const reach of [0, 1, 2]) {
    t.same(grow(specks, reach).data, extremeFilter(specks, reach, -1).data)
  }
})
