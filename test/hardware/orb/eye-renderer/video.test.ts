import t from 'tap'
import { trackPupil } from '../../../../biometrics/pad/pupil-tracker.ts'
import { sampleReflex } from '../../../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { createEyeRenderer } from '../../../../hardware/orb/eye-renderer/renderer.ts'
import {
  planFrames,
  pulsesOf,
  renderVideo,
  type VideoFrame,
} from '../../../../hardware/orb/eye-renderer/video.ts'
import { equalBytes } from '../../../../protocol/bytes.ts'

const renderer = createEyeRenderer()
const PLAN = planFrames([
  { frames: 15, illumination: [1, 2, 3] },
  { frames: 4, illumination: [5, 6] },
  { frames: 26, illumination: [3] },
])
const VIDEO = { person: 9, eye: 'left', seed: 4, reflex: sampleReflex(4, 30) } as const

function areEqual(a: VideoFrame | undefined, b: VideoFrame | undefined): boolean {
  const [one, other] = [a?.image.pixels, b?.image.pixels]
  return one !== undefined && other !== undefined && equalBytes(one, other)
}

t.test('a plan follows the segments at an even pace', async (t) => {
  t.equal(PLAN.length, 45)
  t.same(PLAN[0], { segment: 0, sequence: 0, atMs: 0, illumination: 1 })
  t.same(PLAN[4], { segment: 0, sequence: 4, atMs: 160, illumination: 2 })
  t.same(PLAN[15], { segment: 1, sequence: 0, atMs: 630, illumination: 5 })
  t.same(planFrames([{ frames: 2, illumination: [3] }], 10)[1]?.atMs, 100)
  t.same(pulsesOf(PLAN), [{ onMs: 630, offMs: 820 }])
  t.same(pulsesOf(PLAN.slice(0, 17)), [])
})

t.test('the pupil in the film closes after the flash', async (t) => {
  const film = renderVideo(renderer, PLAN, VIDEO)
  const radii = trackPupil(film.map(({ image }) => image)).map((pupil) => pupil?.radius ?? 0)
  t.ok(radii.every((radius) => radius > 0))
  const before = radii[14] ?? 0
  t.ok(Math.min(...radii.slice(25)) < 0.9 * before)
  t.ok(Math.abs((radii[17] ?? 0) - before) < 0.02 * before, 'not before its latency is over')
})

t.test('equal takes are equal to the pixel, others are not', async (t) => {
  const few = PLAN.slice(0, 3)
  const [a, b] = [renderVideo(renderer, few, VIDEO), renderVideo(renderer, few, VIDEO)]
  const other = renderVideo(renderer, few, { ...VIDEO, seed: 5 })
  t.ok(a.every((frame, i) => areEqual(frame, b[i])))
  t.notOk(areEqual(a[0], other[0]))
  t.notOk(areEqual(a[0], a[1]))
})

t.test('a blink hides the pupil for some frames', async (t) => {
  const film = renderVideo(renderer, PLAN, { ...VIDEO, blinksMs: [300] })
  const pupils = trackPupil(film.map(({ image }) => image))
  t.ok(pupils.slice(0, 7).every((pupil) => pupil !== undefined))
  t.equal(pupils[9], undefined, 'at 360 ms the eye is shut')
  t.not(pupils[14], undefined)
})

t.test('a statue does not move, and its noise is still fresh', async (t) => {
  const film = renderVideo(renderer, PLAN.slice(30), { ...VIDEO, movement: 0, pulses: [] })
  const pupils = trackPupil(film.map(({ image }) => image))
  const xs = pupils.map((pupil) => pupil?.x ?? 0)
  t.ok(Math.max(...xs) - Math.min(...xs) < 0.3)
  t.notOk(areEqual(film[0], film[1]))
})
