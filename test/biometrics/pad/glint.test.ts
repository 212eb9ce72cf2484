import t from 'tap'
import { findGlints } from '../../../biometrics/pad/glint.ts'
import { FAIR_WEATHER } from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'

const PUPIL = { x: 160, y: 120, radius: 35 }

/** A grey frame with bright discs. */
function frameWith(
  discs: readonly (readonly [x: number, y: number, radius: number])[],
  width = 320,
) {
  const height = (width * 3) / 4
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return discs.some(([cx, cy, radius]) => Math.hypot(x - cx, y - cy) <= radius) ? 255 : 90
  })
  return { width, height, pixels }
}

t.test('each lamp makes one glint, at its place', async (t) => {
  const glints = findGlints(
    frameWith([
      [150, 115, 4],
      [170, 115, 3],
    ]),
    PUPIL,
  )
  t.same(
    glints.map(({ x, y }) => [x, y]),
    [
      [150, 115],
      [170, 115],
    ],
  )
  t.ok((glints[0]?.areaPx ?? 0) > (glints[1]?.areaPx ?? 0), 'the larger one first')
})

t.test('specks of one pixel, large shines and what is far out are no glints', async (t) => {
  for (const disc of [
    [160, 120, 0.5],
    [160, 120, 14],
    [260, 120, 4],
    [160, 20, 4],
  ] as const) {
    t.same(findGlints(frameWith([disc]), PUPIL), [], `${disc}`)
  }
})

t.test('a frame of any size is looked at alike', async (t) => {
  const large = frameWith([[300, 230, 8]], 640)
  t.equal(findGlints(large, { x: 320, y: 240, radius: 70 }).length, 1)
  t.same(findGlints(large, { x: 0, y: 0, radius: 20 }), [])
  t.same(findGlints(large, { x: 639, y: 479, radius: 30 }), [])
})

t.test('a white or a speckled frame costs little and is no eye', async (t) => {
  const white = { width: 320, height: 240, pixels: new Uint8Array(320 * 240).fill(255) }
  t.same(findGlints(white, PUPIL), [])
  const grid = frameWith(
    Array.from({ length: 100 }, (_, i) => [120 + 8 * (i % 10), 80 + 8 * Math.floor(i / 10), 2]),
  )
  // The search ends with the row in which there were too many.
  t.ok(findGlints(grid, PUPIL).length <= 12 + 10)
})

t.test('rendered eyes show the lamps that were lit', async (t) => {
  const renderer = createEyeRenderer()
  for (const person of [1, 2]) {
    const counts = [0, 1, 2, 3].map((illumination) => {
      // No lamp: the head exposes longer.
      const gain = illumination === 0 ? 16 : 1
      const request = {
        person,
        eye: 'left' as const,
        capture: { ...FAIR_WEATHER, illumination, gain, noise: 1 },
      }
      const { x, y, a } = renderer.truth(request).pupil
      return findGlints(renderer.render(request), { x, y, radius: a }).length
    })
    t.same(counts, [0, 1, 1, 2], `person ${person}`)
  }
})
