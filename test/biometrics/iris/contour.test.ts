import t from 'tap'
import {
  bestClosedPath,
  CONTOUR_ANGLES,
  contourOfCircle,
  meanRadius,
  polarEdges,
  radiusAt,
  recentre,
  scaleContour,
} from '../../../biometrics/iris/contour.ts'
import { fourierFit } from '../../../biometrics/iris/fourier.ts'
import { seededWords } from '../../kit/iris-codes.ts'

const turn = (i: number) => (2 * Math.PI * i) / CONTOUR_ANGLES

t.test(
  'the closed path follows the strongest edge through gaps and closes on itself',
  async (t) => {
    const truth = (i: number) => 30 + 4 * Math.cos(turn(i)) + 2 * Math.sin(2 * turn(i))
    const stepAt = (radius: number, row: number) => {
      // A quarter of the edge is missing and a stronger false edge stands there at one place.
      const isGap = row > 40 && row < 72
      if (isGap) return row === 55 && radius === 38 ? 80 : 0
      return Math.abs(radius - truth(row)) < 0.6 ? 50 : 0
    }
    const polar = polarEdges([20, 40], 0.5, (radius, steps) =>
      steps.set(Array.from(steps, (_, row) => stepAt(radius, row))),
    )
    const path = bestClosedPath(polar, 60, 4)
    const misses = path.map((radius, i) => Math.abs(radius - truth(i)))
    t.ok(misses.filter((miss) => miss > 1).length < 34, 'only in the gap')
    t.ok(Math.abs((path[0] ?? 0) - (path[CONTOUR_ANGLES - 1] ?? 0)) <= 0.5, 'closed')
  },
)

t.test('a fit is smooth, robust against outliers and exact for what it can express', async (t) => {
  const truth = Float32Array.from({ length: CONTOUR_ANGLES }, (_, i) => 50 + 5 * Math.sin(turn(i)))
  const next = seededWords(4)
  const noisy = truth.map((radius, i) =>
    i % 9 === 0 ? radius + 15 : radius + (next() % 100) / 200,
  )
  const ones = new Float32Array(CONTOUR_ANGLES).fill(1)
  const fitted = fourierFit(noisy, ones, 2, 1)
  t.ok(Math.max(...fitted.map((radius, i) => Math.abs(radius - (truth[i] ?? 0)))) < 1)
  const half = ones.map((_, i) => (i % 64 < 20 ? 1 : 0.001))
  const blind = fourierFit(truth, half, 2, 4)
  t.ok(Math.max(...blind.map((radius, i) => Math.abs(radius - (truth[i] ?? 0)))) < 0.5)
})

t.test('a circle seen from beside its middle is recognised as the circle', async (t) => {
  // Around (3, -2), the circle of radius 20 around (0, 0).
  const radii = Float32Array.from({ length: CONTOUR_ANGLES }, (_, i) => {
    const along = 3 * Math.cos(turn(i)) - 2 * Math.sin(turn(i))
    return -along + Math.sqrt(along * along + 400 - 13)
  })
  const found = recentre({ x: 3, y: -2, radii })
  t.ok(Math.hypot(found.x, found.y) < 0.1)
  t.ok(found.radii.every((radius) => Math.abs(radius - 20) < 0.2))
})

t.test('directions wrap around and scaling respects pixel centres', async (t) => {
  const contour = contourOfCircle({ x: 9.5, y: 4.5, radius: 8 })
  t.equal(radiusAt(contour, -0.5), 8)
  t.equal(radiusAt(contour, CONTOUR_ANGLES + 3.25), 8)
  const twice = scaleContour(contour, 2)
  t.same([twice.x, twice.y, meanRadius(twice)], [19.5, 9.5, 16])
})
