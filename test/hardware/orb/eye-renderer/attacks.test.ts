import t from 'tap'
import {
  frozen,
  looped,
  loopedOnScreen,
  printedPhoto,
  replayedOnScreen,
  withClockJitter,
  withDroppedFrames,
} from '../../../../hardware/orb/eye-renderer/attacks.ts'
import type { VideoFrame } from '../../../../hardware/orb/eye-renderer/video.ts'

/** Frames of one grey each, told apart by it. */
const VIDEO: readonly VideoFrame[] = Array.from({ length: 40 }, (_, i) => ({
  segment: 0,
  sequence: i,
  atMs: 40 * i,
  illumination: 3,
  image: { width: 40, height: 30, pixels: new Uint8Array(1200).fill(40 + 3 * i) },
}))
const greyOf = ({ image }: VideoFrame): number =>
  Math.round(image.pixels.reduce((sum, pixel) => sum + pixel, 0) / image.pixels.length)

t.test(
  'a frozen stream shows one frame from then on, under the numbers that were asked',
  async (t) => {
    const stopped = frozen(VIDEO, 10)
    t.ok(stopped.slice(0, 11).every(({ image }, i) => image === VIDEO[i]?.image))
    t.ok(stopped.slice(10).every(({ image }) => image === VIDEO[10]?.image))
    t.same(
      stopped.map(({ sequence }) => sequence),
      VIDEO.map(({ sequence }) => sequence),
    )
  },
)

t.test('a loop repeats its frames, on a screen with fresh noise', async (t) => {
  t.equal(looped(VIDEO, 12)[25]?.image, VIDEO[1]?.image)
  const shown = loopedOnScreen(VIDEO, 12, 1)
  t.equal(greyOf(shown[25] as VideoFrame), 43)
  t.notSame(shown[25]?.image.pixels, shown[1]?.image.pixels)
})

t.test('a replay shows what was filmed at that time, not what is asked now', async (t) => {
  const plan = VIDEO.map((frame) => ({ ...frame, illumination: 1, atMs: frame.atMs + 85 }))
  const shown = replayedOnScreen(VIDEO, plan, 1)
  t.equal(greyOf(shown[0] as VideoFrame), 46)
  t.equal(shown[0]?.illumination, 1)
  t.same(replayedOnScreen([], plan, 1), [])
})

t.test('a print has dots, lit by the lamps that are lit', async (t) => {
  const photo = { width: 64, height: 48, pixels: new Uint8Array(64 * 48).fill(128) }
  const plan = VIDEO.slice(0, 3).map((frame, i) => ({ ...frame, illumination: i + 1 }))
  const spreadOf = (periodPx: number) => {
    const [frame] = printedPhoto(photo, plan, { periodPx, angle: 10, contrast: 0.5 }, 1)
    const pixels = frame?.image.pixels ?? new Uint8Array()
    return Math.max(...pixels) - Math.min(...pixels)
  }
  t.ok(spreadOf(6) > 60)
  t.ok(spreadOf(0) < 40)
  const greys = printedPhoto(photo, plan, { periodPx: 6, angle: 10, contrast: 0.5 }, 1).map(greyOf)
  t.ok((greys[2] ?? 0) > (greys[0] ?? 0))
})

t.test('disturbances drop frames and read the clock late, and change no picture', async (t) => {
  const fewer = withDroppedFrames(VIDEO, 0.3, 1)
  t.ok(fewer.length > 20 && fewer.length < 36)
  t.ok(fewer.every((frame) => VIDEO.includes(frame)))
  const late = withClockJitter(VIDEO, 8, 1)
  t.ok(late.every(({ image }, i) => image === VIDEO[i]?.image))
  t.ok(late.some(({ atMs }, i) => atMs !== VIDEO[i]?.atMs))
  t.ok(late.every(({ atMs }, i) => Math.abs(atMs - 40 * i) < 50))
})
