import t from 'tap'
import { blur, percentiles, type Raster, resize, sample } from '../../../biometrics/iris/raster.ts'

function raster(width: number, height: number, level: (x: number, y: number) => number): Raster {
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    level(i % width, Math.floor(i / width)),
  )
  return { width, height, data }
}

t.test('values between pixels lie on the plane through them, and edges go on', async (t) => {
  const slope = raster(20, 10, (x, y) => 3 * x + 5 * y)
  t.ok(Math.abs(sample(slope, 4.25, 6.5) - (3 * 4.25 + 5 * 6.5)) < 1e-4)
  t.equal(sample(slope, -7, 3), 15)
  t.ok(Math.abs(sample(slope, 500, 900) - (57 + 45)) < 0.02)
})

t.test('scaling keeps the mean and places edges where they were', async (t) => {
  const halves = raster(40, 20, (x) => (x < 20 ? 0 : 200))
  for (const [width, height] of [
    [20, 10],
    [13, 7],
    [60, 30],
  ] as const) {
    const scaled = resize(halves, width, height)
    const mean = scaled.data.reduce((sum, value) => sum + value, 0) / scaled.data.length
    t.ok(Math.abs(mean - 100) < 4, `${width}x${height}: ${mean}`)
    t.ok((scaled.data[1] ?? 1) < 1 && (scaled.data[width - 2] ?? 0) > 199)
  }
})

t.test('a blur keeps flat ground flat and spreads a point as a Gaussian', async (t) => {
  t.ok(
    blur(
      raster(9, 9, () => 77),
      2,
    ).data.every((value) => Math.abs(value - 77) < 1e-3),
  )
  const point = blur(
    raster(31, 31, (x, y) => (x === 15 && y === 15 ? 1000 : 0)),
    2,
  )
  const at = (x: number, y: number) => point.data[y * 31 + x] ?? 0
  t.ok(Math.abs(at(15, 15) - 1000 / (2 * Math.PI * 4)) < 1)
  t.ok(Math.abs(at(17, 15) / at(15, 15) - Math.exp(-0.5)) < 1e-3)
  t.ok(Math.abs(at(13, 15) - at(15, 17)) < 1e-3, 'alike in all directions')
})

t.test('a percentile is the level below which that share lies', async (t) => {
  const levels = Float32Array.from({ length: 1000 }, (_, i) => i / 10)
  t.same(percentiles(levels, [0.01, 0.5, 0.999, 1]), [1, 50, 99, 255])
})
