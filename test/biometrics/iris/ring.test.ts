import t from 'tap'
import { sample } from '../../../biometrics/iris/raster.ts'
import { ringOf, sampleRing } from '../../../biometrics/iris/ring.ts'
import { drawNoise } from '../../kit/drawn-eyes.ts'

t.test('a ring of samples is what one sample after the other gives, edges too', async (t) => {
  const { width, height, pixels } = drawNoise(40, 30, 1)
  const raster = { width, height, data: new Float32Array(pixels) }
  const ring = ringOf(Array.from({ length: 24 }, (_, i) => i / 24))
  const out = new Float64Array(24)
  for (const [x, y, radius] of [
    [20, 15, 9.5],
    [3.25, 28, 14],
    [-5, 60, 30],
  ] as const) {
    sampleRing(raster, x, y, radius, ring, out)
    ring.cos.forEach((cos, i) => {
      const sin = ring.sin[i] ?? 0
      t.equal(out[i], sample(raster, x + cos * radius, y + sin * radius))
    })
  }
})

t.test('only the directions asked for are sampled', async (t) => {
  const raster = { width: 4, height: 4, data: new Float32Array(16).fill(9) }
  const out = new Float64Array(4)
  sampleRing(raster, 2, 2, 1, ringOf([0, 0.25, 0.5, 0.75]), out, 1, 3)
  t.same([...out], [0, 9, 9, 0])
})
