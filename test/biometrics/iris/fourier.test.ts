import t from 'tap'
import { CONTOUR_ANGLES } from '../../../biometrics/iris/contour.ts'
import { fourierFit } from '../../../biometrics/iris/fourier.ts'
import { withIrisBackend } from '../../../biometrics/iris/kernel.ts'
import { seededWords } from '../../kit/iris-codes.ts'

const EVEN = new Float32Array(CONTOUR_ANGLES).fill(1)

function radiiOf(radius: (angle: number) => number): Float32Array {
  return Float32Array.from({ length: CONTOUR_ANGLES }, (_, i) =>
    radius((2 * Math.PI * i) / CONTOUR_ANGLES),
  )
}

/** Greatest distance between two curves. */
function apart(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, radius, i) => Math.max(most, Math.abs(radius - (b[i] ?? 0))), 0)
}

const WAVY = radiiOf((a) => 40 + 3 * Math.cos(a) - 2 * Math.sin(2 * a))

for (const backend of ['simd', 'typescript'] as const) {
  const fit = (...args: Parameters<typeof fourierFit>) =>
    withIrisBackend(backend, () => fourierFit(...args))

  t.test(`${backend}: a curve of as many harmonics is kept`, async (t) => {
    t.ok(apart(fit(WAVY, EVEN, 4, 0), WAVY) < 1e-4)
    const circle = radiiOf(() => 55)
    t.ok(apart(fit(circle, EVEN, 1, 4), circle) < 1e-4)
  })

  t.test(`${backend}: higher harmonics are left out`, async (t) => {
    const rough = radiiOf((a) => 40 + 3 * Math.cos(a) + 2 * Math.cos(9 * a))
    const smooth = radiiOf((a) => 40 + 3 * Math.cos(a))
    t.ok(apart(fit(rough, EVEN, 2, 0), smooth) < 0.05)
  })

  t.test(`${backend}: grain averages out`, async (t) => {
    const next = seededWords(3)
    const grainy = WAVY.map((radius) => radius + (next() % 1001) / 1000 - 0.5)
    t.ok(apart(fit(grainy, EVEN, 4, 0.3), WAVY) < 0.4)
  })

  t.test(`${backend}: a stretch that lies far off is passed over`, async (t) => {
    // A lash pulls a tenth of the curve in by 15 pixels.
    const pulled = WAVY.map((radius, i) => (i >= 20 && i < 33 ? radius - 15 : radius))
    t.ok(apart(fit(pulled, EVEN, 4, 0.3), WAVY) < 0.3)
  })

  t.test(`${backend}: what has no weight does not count`, async (t) => {
    const half = WAVY.map((radius, i) => (i < 30 ? 90 : radius))
    const weights = EVEN.map((_, i) => (i < 30 ? 0 : 1))
    t.ok(apart(fit(half, weights, 4, 0), WAVY) < 0.05)
  })

  t.test(
    `${backend}: stiffness holds bends down where weights are few, not the shift`,
    async (t) => {
      const few = EVEN.map((_, i) => (i % 8 === 0 ? 0.05 : 0))
      const bent = radiiOf((a) => 40 + 3 * Math.cos(a) + 5 * Math.cos(3 * a))
      const stiff = fit(bent, few, 4, 50)
      t.ok(
        apart(
          stiff,
          radiiOf((a) => 40 + 3 * Math.cos(a)),
        ) < 0.3,
      )
      t.ok(apart(fit(bent, few, 3, 0), bent) < 0.05)
    },
  )

  t.test(`${backend}: nothing to go by still gives numbers`, async (t) => {
    const none = fit(WAVY, new Float32Array(CONTOUR_ANGLES), 4, 0.3)
    t.ok(none.every(Number.isFinite))
  })

  t.test(
    `${backend}: where directions are few the middle is drawn to where it probably lies`,
    async (t) => {
      // A circle of 60 around (0, 10), of which only 20° on both sides is seen, that far down.
      const radii = Float32Array.from({ length: 128 }, (_, i) => {
        const sin = Math.sin((2 * Math.PI * i) / 128)
        return 10 * sin + Math.sqrt(60 * 60 - 100 * (1 - sin * sin))
      })
      const seen = radii.map((_, i) => (Math.abs(Math.cos((2 * Math.PI * i) / 128)) > 0.94 ? 1 : 0))
      const noisy = radii.map((radius, i) => radius + (i < 64 ? -1.5 : 1.5))
      const downOf = (fitted: Float32Array) => ((fitted[32] as number) - (fitted[96] as number)) / 2
      const free = fit(noisy, seen, 2, 4)
      const middle = { dx: 0, dy: 10, weightAcross: 2, weightDown: 16 }
      const drawn = fit(noisy, seen, 2, 4, middle)
      t.ok(Math.abs(downOf(drawn) - 10) < 2, `${downOf(drawn).toFixed(1)} pixels down`)
      t.ok(Math.abs(downOf(drawn) - 10) < Math.abs(downOf(free) - 10), 'nearer than without')
    },
  )
}
