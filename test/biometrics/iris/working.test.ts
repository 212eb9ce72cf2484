import t from 'tap'
import { WORKING_PIXELS, workingImage } from '../../../biometrics/iris/working.ts'
import { drawEye, USUAL_PUPIL } from '../../kit/drawn-eyes.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

t.test('any image comes to about 320x240, its own proportions kept', async (t) => {
  for (const [width, height] of [
    [320, 240],
    [640, 480],
    [1280, 960],
    [320, 280],
    [200, 400],
  ] as const) {
    const { filled, glints, scale } = workingImage({
      width,
      height,
      pixels: new Uint8Array(width * height).map((_, i) => i % 251),
    })
    const pixels = filled.width * filled.height
    t.ok(Math.abs(pixels / WORKING_PIXELS - 1) < 0.02, `${width}x${height}: ${pixels}`)
    t.ok(Math.abs(filled.width / filled.height / (width / height) - 1) < 0.02)
    t.ok(Math.abs(scale - filled.width / width) < 1e-9)
    t.same([glints.width, glints.height], [filled.width, filled.height])
  }
})

t.test(
  'grey levels are spread alike whatever the exposure, but noise is not blown up',
  async (t) => {
    const { image } = renderedEye(1)
    const dim = { ...image, pixels: image.pixels.map((level) => 30 + level / 2) }
    const [bright, dark] = [workingImage(image).filled, workingImage(dim).filled]
    const drift = bright.data.map((level, i) => Math.abs(level - (dark.data[i] ?? 0)))
    t.ok(drift.reduce((sum, level) => sum + level, 0) / drift.length < 4)
    const flat = { ...image, pixels: image.pixels.map((_, i) => 100 + (i % 3)) }
    const { data } = workingImage(flat).filled
    t.ok(Math.max(...data) - Math.min(...data) <= 8, 'at most four times')
  },
)

t.test('the reflections of the illuminators are filled in and known', async (t) => {
  const image = drawEye({ texture: 1 })
  const { filled, glints } = workingImage(image)
  const at = (USUAL_PUPIL.y + 8) * 320 + USUAL_PUPIL.x + 6
  t.ok((image.pixels[at] ?? 0) > 240 && (filled.data[at] ?? 255) < 60)
  t.equal(glints.data[at], 1)
  t.ok(glints.data.reduce((sum, isGlint) => sum + isGlint, 0) < 0.02 * WORKING_PIXELS)
})
