import t from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { createIrisEyeReader } from '../../../firmware/enrolment/iris-eye-reader.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { renderedSource } from '../../../hardware/orb/rendered-source.ts'
import { irisTemplateOf } from '../../../protocol/biometric-reference.ts'
import type { EyePosition, GreyImage } from '../../../protocol/image.ts'

const renderer = createEyeRenderer(8)
const reader = createIrisEyeReader()

/** The first frames of a visit that pass the gate, as a capture keeps them. */
function goodFrames(person: number, visit: number, eye: EyePosition, count: number): GreyImage[] {
  const source = renderedSource(renderer, { person, visit })
  const good: GreyImage[] = []
  for (let sequence = 2; sequence < 40 && good.length < count; sequence++) {
    const image = source({ eye, sequence, illumination: 3 })
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
