import t from 'tap'
import { assessHalfTone } from '../../../biometrics/pad/half-tone.ts'
import { printedPhoto } from '../../../hardware/orb/eye-renderer/attacks.ts'
import { FAIR_WEATHER, sampleConditions } from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import { drawNoise } from '../../kit/drawn-eyes.ts'

t.setTimeout(290_000)

const renderer = createEyeRenderer()
const PLAN = Array.from({ length: 3 }, (_, sequence) => ({
  segment: 0,
  sequence,
  atMs: 40 * sequence,
  illumination: 3,
}))

function photoOf(person: number, width: 320 | 640 = 320): GreyImage {
  return renderer.render({ person, eye: 'left', capture: FAIR_WEATHER, width })
}

function printed(photo: GreyImage, periodPx: number, angle: number, contrast = 0.2) {
  return printedPhoto(photo, PLAN, { periodPx, angle, contrast }, 7).map(({ image }) => image)
}

t.test('eyes of many people, as a kiosk takes them, show no grid', async (t) => {
  let highest = 0
  for (let person = 0; person < 3; person++) {
    const frames = Array.from({ length: 3 }, (_, i) => {
      const capture = sampleConditions(1000 * person + i)
      return renderer.render({ person, eye: 'right', capture })
    })
    const { outcome, measures } = assessHalfTone(frames)
    highest = Math.max(highest, measures['peakRatio'] ?? 0)
    t.equal(outcome, 'bona-fide', `person ${person}: ${measures['peakRatio']}`)
  }
  t.comment(`highest peak of 3 eyes: ${highest.toFixed(1)}`)
})

t.test('a print is found at any period and direction, and its period told', async (t) => {
  const photo = photoOf(1)
  for (const periodPx of [2.5, 5, 14]) {
    for (const angle of [0, 30]) {
      const { outcome, measures } = assessHalfTone(printed(photo, periodPx, angle))
      const told = measures['periodPx'] ?? 0
      t.equal(outcome, 'suspect', `${periodPx} px at ${angle}°: ${measures['peakRatio']}`)
      // The grid itself or its diagonal.
      const isOne = [1, Math.SQRT2, Math.SQRT1_2, 0.5].some(
        (k) => Math.abs(told * k - periodPx) < 0.16 * periodPx,
      )
      t.ok(isOne, `${told} px for ${periodPx}`)
    }
  }
})

t.test('a faint print is found where its dots are small', async (t) => {
  const photo = photoOf(1)
  for (const periodPx of [2.6, 5, 8, 14, 20]) {
    const { outcome, measures } = assessHalfTone(printed(photo, periodPx, 17, 0.05))
    t.comment(`5 % contrast, ${periodPx} px: ${outcome}, peak ${measures['peakRatio']?.toFixed(1)}`)
    if (periodPx <= 8) t.equal(outcome, 'suspect', `${periodPx} px`)
  }
})

t.test('at twice the size the same print is found again', async (t) => {
  const photo = photoOf(2, 640)
  for (const periodPx of [5, 14]) {
    t.equal(assessHalfTone(printed(photo, periodPx, 20)).outcome, 'suspect', `${periodPx} px`)
  }
})

t.test('a picture without dots is not told from an eye by this check', async (t) => {
  t.equal(assessHalfTone(printed(photoOf(3), 0, 0)).outcome, 'bona-fide')
})

t.test('noise is no grid, and frames too small say nothing', async (t) => {
  t.equal(assessHalfTone([drawNoise(320, 240, 1)]).outcome, 'bona-fide')
  t.equal(assessHalfTone([]).outcome, 'undecided')
  t.equal(assessHalfTone([drawNoise(60, 60, 1)]).outcome, 'undecided')
  const blank = { width: 320, height: 240, pixels: new Uint8Array(320 * 240) }
  t.equal(assessHalfTone([blank]).outcome, 'undecided')
})
