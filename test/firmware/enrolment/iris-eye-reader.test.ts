import t from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { createIrisEyeReader } from '../../../firmware/enrolment/iris-eye-reader.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { renderedSource } from '../../../hardware/orb/rendered-source.ts'
import { irisTemplateOf } from '../../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../../protocol/image.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

const renderer = createEyeRenderer(8)
const reader = createIrisEyeReader()

/** The first frames of a visit that pass the gate, as a capture keeps them. */
function goodFrames(person: number, visit: number, eye: EyePosition, count: number): GreyImage[] {
  const source = renderedSource(renderer, { person, visit })
  const good: GreyImage[] = []
  for (let sequence = 2; sequence < 40 && good.length < count; sequence++) {
    const image = source({ eye, sequence, illumination: 3, headUs: 0 })
    if (image !== undefined && reader.assess(image, eye).isGood) good.push(image)
  }
  return good
}

/** The template that an enrolment would make of a visit. */
async function templateOf(person: number, visit: number, eye: EyePosition) {
  const reading = await reader.encode(goodFrames(person, visit, eye, 2), eye)
  if (reading.outcome === 'refused') throw new Error(`refused: ${reading.instruction}`)
  return irisTemplateOf([reading.reference], eye)
}

t.test('a person is found again on another visit, another person is not', async (t) => {
  const left = await templateOf(1, 0, 'left')
  const gallery = [{ handle: 'one', left }]
  const again = { left: await templateOf(1, 1, 'left') }
  const other = { left: await templateOf(2, 0, 'left') }
  t.equal(searchExhaustively(again, gallery, 100).candidates.length, 1)
  t.equal(searchExhaustively(other, gallery, 100).candidates.length, 0)
})

t.test('each frame that is not good says what would help, and what was found', async (t) => {
  const size = { width: 320, height: 240 }
  const dark = { ...size, pixels: new Uint8Array(320 * 240).fill(3) }
  const bright = { ...size, pixels: new Uint8Array(320 * 240).fill(252) }
  const small = { width: 32, height: 24, pixels: new Uint8Array(32 * 24) }
  t.match(reader.assess(dark, 'left'), { isGood: false, instruction: 'more-light', quality: 0 })
  t.match(reader.assess(bright, 'left'), { isGood: false, instruction: 'less-light' })
  t.match(reader.assess(small, 'left'), { isGood: false, instruction: 'come-closer' })
  const [image] = goodFrames(1, 0, 'left', 1)
  const good = image && reader.assess(image, 'left')
  t.ok(good && good.quality > 0 && good.overlay !== undefined)
  t.match(good?.overlay, { width: 320, height: 240 })
  t.ok((good?.overlay?.pupil.length ?? 0) > 8 && (good?.overlay?.limbus.length ?? 0) > 8)
})

t.test('frames of which none can be encoded are refused with an instruction', async (t) => {
  const dark = { width: 320, height: 240, pixels: new Uint8Array(320 * 240).fill(3) }
  t.match(await reader.encode([dark], 'left'), { outcome: 'refused' })
  t.match(await reader.encode([], 'left'), { outcome: 'refused' })
})

t.test('an eye that moves from frame to frame is asked to hold still', async (t) => {
  const moving = createIrisEyeReader()
  const at = (offsetX: number) => renderedEye(3, { offsetX }).image
  t.match(moving.assess(at(-0.2), 'left'), { isGood: true })
  t.match(moving.assess(at(0.2), 'left'), { isGood: false, instruction: 'hold-still' })
  t.match(moving.assess(at(0.2), 'left'), { isGood: true }, 'it has come to rest')
  t.match(moving.assess(at(-0.2), 'right'), { isGood: true }, 'the other eye has its own place')
})

t.test('frames that would compare like a stranger are refused in words', async (t) => {
  const look = (changes: Parameters<typeof renderedEye>[1]) =>
    createIrisEyeReader().assess(renderedEye(3, changes).image, 'left')
  t.match(look({ smearPx: 22, blurPx: 2 }), { isGood: false })
  t.match(look({ gazeX: 36 }), { isGood: false, instruction: 'look-straight' })
})

t.test('frames are fused where that is asked for', async (t) => {
  const frames = goodFrames(1, 0, 'left', 4)
  const reading = async (isFusing: boolean) => {
    const made = await createIrisEyeReader({ isFusing }).encode(frames, 'left')
    if (made.outcome === 'refused') throw new Error(`refused: ${made.instruction}`)
    return irisTemplateOf([made.reference], 'left')
  }
  const [single, fused] = [await reading(false), await reading(true)]
  t.ok(single && fused && fused.usablePositions > single.usablePositions)
})
