import t from 'tap'
import { inverseFourier, inverseFourier2 } from '../../../../hardware/orb/eye-renderer/fourier.ts'
import { createRandom } from '../../../../hardware/sim/random.ts'

const close = (a: number, b: number) => Math.abs(a - b) < 1e-9

t.test('agrees with the sum that defines it', async (t) => {
  const random = createRandom(1)
  const n = 16
  const [re, im] = [0, 1].map(() => Float64Array.from({ length: n }, () => random.normal())) as [
    Float64Array,
    Float64Array,
  ]
  const expected = Array.from({ length: n }, (_, at) => {
    let [sumRe, sumIm] = [0, 0]
    for (let k = 0; k < n; k++) {
      const angle = (2 * Math.PI * k * at) / n
      sumRe += (re[k] ?? 0) * Math.cos(angle) - (im[k] ?? 0) * Math.sin(angle)
      sumIm += (re[k] ?? 0) * Math.sin(angle) + (im[k] ?? 0) * Math.cos(angle)
    }
    return { sumRe, sumIm }
  })
  inverseFourier(re, im)
  expected.forEach(({ sumRe, sumIm }, at) => {
    t.ok(close(re[at] ?? 0, sumRe) && close(im[at] ?? 0, sumIm))
  })
})

t.test('one coefficient of two axes is one plane wave', async (t) => {
  const [columns, rows] = [8, 4]
  const [re, im] = [new Float64Array(columns * rows), new Float64Array(columns * rows)]
  re[1 * columns + 3] = 1
  inverseFourier2(re, im, columns)
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const wave = Math.cos(2 * Math.PI * ((3 * x) / columns + y / rows))
      t.ok(close(re[y * columns + x] ?? 0, wave))
    }
  }
})
