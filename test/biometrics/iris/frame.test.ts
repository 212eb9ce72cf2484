import t from 'tap'
import { assessFrame } from '../../../biometrics/iris/frame.ts'
import { blur, rasterOf } from '../../../biometrics/iris/raster.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import { drawEye, drawNoise, USUAL_PUPIL } from '../../kit/drawn-eyes.ts'

function blurred(image: GreyImage, sigma: number): GreyImage {
  return { ...image, pixels: Uint8Array.from(blur(rasterOf(image), sigma).data) }
}

t.test('a sharp eye is worth encoding, and its pupil is where it was drawn', async (t) => {
  const frame = assessFrame(drawEye({ texture: 1 }))
  t.match(frame, { outcome: 'usable' })
  if (frame.outcome !== 'usable') return
  t.ok(frame.quality > 60, `quality ${frame.quality}`)
  t.ok(Math.hypot(frame.pupil.x - USUAL_PUPIL.x, frame.pupil.y - USUAL_PUPIL.y) < 6)
  t.ok(Math.abs(frame.pupil.radius - USUAL_PUPIL.radius) < 7)
})

t.test('of two frames of an eye the sharper ranks higher', async (t) => {
  const image = drawEye({ texture: 1 })
  const [sharp, soft] = [assessFrame(image), assessFrame(blurred(image, 2.5))]
  t.ok(sharp.outcome === 'usable')
  t.ok(soft.outcome === 'unusable' || (sharp.outcome === 'usable' && soft.quality < sharp.quality))
})

t.test('a frame that cannot succeed is refused with its reason', async (t) => {
  const flat = (level: number) => ({
    width: 320,
    height: 240,
    pixels: new Uint8Array(320 * 240).fill(level),
  })
  t.same(assessFrame(flat(5)), { outcome: 'unusable', reason: 'too-dark' })
  t.same(assessFrame(flat(250)), { outcome: 'unusable', reason: 'too-bright' })
  t.same(assessFrame(drawNoise(320, 240, 3)), { outcome: 'unusable', reason: 'no-eye' })
  t.same(assessFrame(blurred(drawEye({ texture: 1 }), 9)), {
    outcome: 'unusable',
    reason: 'blurred',
  })
  t.same(assessFrame({ width: 8, height: 8, pixels: new Uint8Array(64) }), {
    outcome: 'unusable',
    reason: 'image-too-small',
  })
})
