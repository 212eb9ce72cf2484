import t from 'tap'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import { encodeIris } from '../../../biometrics/iris/encode.ts'
import { motionPercent, riseShare } from '../../../biometrics/iris/quality.ts'
import {
  type BadCapture,
  type CaptureConditions,
  spoil,
} from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

const resultOf = (person: number, changes: Partial<CaptureConditions> = {}) =>
  encodeIris(renderedEye(person, changes).image)

function qualityOf(person: number, changes: Partial<CaptureConditions> = {}) {
  const { quality } = resultOf(person, changes)
  if (quality === undefined) throw new Error('no quality')
  return quality
}

t.test('no frame of the kinds that a gate should refuse gives a template', async (t) => {
  const kinds: readonly BadCapture[] = ['shut', 'half-shut', 'blurred', 'smeared', 'off-gaze']
  const random = createRandom(7)
  for (const kind of kinds) {
    for (const person of [1, 2, 3, 4]) {
      const result = resultOf(person, spoil(kind, random))
      t.equal(result.outcome, 'refused', `${kind}, person ${person}`)
    }
  }
  t.match(resultOf(1, { blurPx: 5 }), { reason: 'blurred' })
  t.match(resultOf(1, { gazeX: 36 }), { reason: 'off-gaze' })
  t.match(resultOf(2, { gazeX: -36 }), { outcome: 'refused' })
})

t.test('a fair frame passes, and ranks by what is the matter with it', async (t) => {
  const good = resultOf(5, { seed: 2 })
  for (const changes of [{ blurPx: 3.2 }, { smearPx: 10 }, { gazeX: 24 }, { opening: 0.7 }]) {
    const worse = resultOf(5, { seed: 3, ...changes })
    const label = JSON.stringify(changes)
    if (worse.outcome === 'encoded' && good.outcome === 'encoded') {
      t.ok(worse.quality.score < good.quality.score, `${label}: ${worse.quality.score}`)
      const comparison = compareIris(good.template, worse.template)
      t.ok(comparison.outcome === 'compared', label)
    } else t.equal(good.outcome, 'encoded', `${label} was refused`)
  }
})

t.test('each measure follows what it is named after', async (t) => {
  const plain = qualityOf(6)
  t.ok(qualityOf(6, { blurPx: 2 }).sharpnessPercent < 0.8 * plain.sharpnessPercent)
  t.ok(qualityOf(6, { smearPx: 12 }).sharpnessPercent < 0.7 * plain.sharpnessPercent)
  t.ok(Math.abs(qualityOf(6, { gazeX: 20 }).gazeDegrees - 20) <= 7)
  t.ok(plain.gazeDegrees < 12)
  const bright = qualityOf(6, { gain: 1.3 })
  t.ok(bright.irisLevel > 1.2 * plain.irisLevel)
  t.equal(plain.saturatedPercent, 0)
  t.ok(plain.irisPupilContrastPercent > 60 && plain.irisScleraContrastPercent > 10)
  // The reflections lie on a small pupil and are not its level.
  t.ok(qualityOf(6, { pupilRatio: 0.28 }).irisPupilContrastPercent > 60)
  const { image } = renderedEye(6)
  const veiled = encodeIris({ ...image, pixels: image.pixels.map((level) => 120 + level / 4) })
  const contrast = veiled.quality?.irisPupilContrastPercent ?? 0
  t.ok(contrast < 0.5 * plain.irisPupilContrastPercent, `${contrast} %`)
})

t.test('an iris lost in light or haze is refused with what would help', async (t) => {
  const { image } = renderedEye(7)
  const veiled = { ...image, pixels: image.pixels.map((level) => 170 + level / 6) }
  t.match(encodeIris(veiled), { outcome: 'refused' })
})

t.test('a step is sharp, a ramp is not, and a moved eye is seen', async (t) => {
  const raster = (level: (x: number) => number) => ({
    width: 320,
    height: 240,
    data: Float32Array.from({ length: 320 * 240 }, (_, i) => level(i % 320)),
  })
  t.equal(
    riseShare(
      raster((x) => (x < 100 ? 0 : 100)),
      100,
      50,
      [1, 0],
    ),
    1,
  )
  const ramp = riseShare(
    raster((x) => Math.max(0, Math.min(100, 8 * (x - 94)))),
    100,
    50,
    [1, 0],
  )
  t.ok(Math.abs(ramp - 0.16) < 0.01)
  t.equal(
    riseShare(
      raster(() => 9),
      100,
      50,
      [1, 0],
    ),
    0,
  )
  t.equal(motionPercent({ x: 10, y: 10 }, { x: 13, y: 14 }, 50), 10)
})
