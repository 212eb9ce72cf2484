import t from 'tap'
import { fourier, PATCH, patchPower } from '../../../biometrics/pad/spectrum.ts'
import { createRandom } from '../../../hardware/sim/random.ts'

t.test('the transform is that of the definition', async (t) => {
  const random = createRandom(1)
  const re = Float64Array.from({ length: PATCH }, () => random.normal())
  const im = Float64Array.from({ length: PATCH }, () => random.normal())
  const [outRe, outIm] = [re.slice(), im.slice()]
  fourier(outRe, outIm)
  for (let k = 0; k < PATCH; k++) {
    let [sumRe, sumIm] = [0, 0]
    for (let n = 0; n < PATCH; n++) {
      const angle = (-2 * Math.PI * k * n) / PATCH
      const [a, b] = [re[n] ?? 0, im[n] ?? 0]
      sumRe += a * Math.cos(angle) - b * Math.sin(angle)
      sumIm += a * Math.sin(angle) + b * Math.cos(angle)
    }
    if (Math.hypot(sumRe - (outRe[k] ?? 0), sumIm - (outIm[k] ?? 0)) > 1e-9) t.fail(`${k}`)
  }
})

t.test('a wave is found at its frequency, wherever the patch lies in the frame', async (t) => {
  const width = 100
  const wave = (x: number, y: number) => 90 + 20 * Math.cos((2 * Math.PI * (9 * x + 5 * y)) / PATCH)
  const frame = Float64Array.from({ length: width * 90 }, (_, i) =>
    wave(i % width, Math.floor(i / width)),
  )
  for (const start of [0, 7 + 11 * width]) {
    const power = patchPower(frame, width, start)
    const half = power.subarray(0, (PATCH * PATCH) / 2)
    t.equal(half.indexOf(Math.max(...half)), 5 * PATCH + 9)
  }
})

t.test('an even patch has no power', async (t) => {
  t.ok(Math.max(...patchPower(new Uint8Array(PATCH * PATCH).fill(200), PATCH, 0)) < 1e-9)
})
