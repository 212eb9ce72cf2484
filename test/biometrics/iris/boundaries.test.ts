import t from 'tap'
import type { Point } from '../../../biometrics/iris/boundaries.ts'
import { encodeIris } from '../../../biometrics/iris/encode.ts'
import { FAIR_WEATHER } from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { beyondEllipse, type RenderedEye } from '../../kit/rendered-eyes.ts'

const renderer = createEyeRenderer(4)

function eyeAt(width: 320 | 640, opening = 1) {
  const request = { person: 6, eye: 'left', width, capture: { ...FAIR_WEATHER, opening } } as const
  const { boundaries } = encodeIris(renderer.render(request))
  if (boundaries === undefined) throw new Error('no boundaries')
  return { boundaries, truth: renderer.truth(request) }
}

function worst(points: readonly Point[], ellipse: RenderedEye['truth']['pupil']): number {
  return Math.max(...points.map(([x, y]) => Math.abs(beyondEllipse(ellipse, x, y))))
}

t.test('curves are in pixels of the image that was given, at any size', async (t) => {
  for (const width of [320, 640] as const) {
    const { boundaries, truth } = eyeAt(width)
    t.ok(worst(boundaries.pupil, truth.pupil) < (2.5 * width) / 320, `pupil at ${width}`)
    const beside = boundaries.limbus.filter(
      ([, y]) => Math.abs(y - truth.limbus.y) < 0.5 * truth.limbus.a,
    )
    t.ok(beside.length > 30 && worst(beside, truth.limbus) < (6 * width) / 320, 'limbus')
  }
})

t.test(
  'what is marked as covered lies on the iris, and more of it under a lowered lid',
  async (t) => {
    const [open, lowered] = [eyeAt(320), eyeAt(320, 0.7)]
    const areaOf = ({ boundaries }: typeof open) => {
      const area = (points: readonly Point[]) =>
        Math.abs(
          points.reduce((sum, [x, y], i) => {
            const [nextX, nextY] = points[(i + 1) % points.length] ?? [0, 0]
            return sum + (x * nextY - nextX * y) / 2
          }, 0),
        )
      return boundaries.covered.reduce((sum, cell) => sum + area(cell), 0)
    }
    t.ok(areaOf(lowered) > 1.3 * areaOf(open), `${areaOf(open)} and ${areaOf(lowered)} pixels`)
    for (const [x, y] of lowered.boundaries.covered.flat()) {
      t.ok(beyondEllipse(lowered.truth.limbus, x, y) < 12)
      t.ok(beyondEllipse(lowered.truth.pupil, x, y) > -6)
    }
  },
)
