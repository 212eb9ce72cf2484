import t from 'tap'
import { fillGlints } from '../../../biometrics/iris/specular.ts'

const [WIDTH, HEIGHT] = [80, 60]

function scene(level: (x: number, y: number) => number) {
  const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
    level(i % WIDTH, Math.floor(i / WIDTH)),
  )
  return { width: WIDTH, height: HEIGHT, data }
}

const isGlint = (x: number, y: number) => Math.hypot(x - 40, y - 30) < 5

t.test('a glint is filled with its surroundings, its rim too', async (t) => {
  const { filled, glints } = fillGlints(
    scene((x, y) => (isGlint(x, y) ? 250 : 40)),
    8,
  )
  t.ok(filled.data.every((value) => value === 40))
  t.equal(glints.data[30 * WIDTH + 46], 1)
  t.equal(glints.data[30 * WIDTH + 50], 0)
})

t.test('skin, broad and as bright, is no glint, nor is a dimmer fibre', async (t) => {
  const image = scene((x, y) => (x > 50 ? 250 : isGlint(x, y) ? 160 : 40))
  const { filled, glints } = fillGlints(image, 8)
  t.ok(glints.data.every((value) => value === 0))
  t.same(filled.data, image.data)
})
