import t from 'tap'
import { assessReplay, type TrackedFrame } from '../../../biometrics/pad/replay.ts'
import { createRandom } from '../../../hardware/sim/random.ts'

type Take = {
  readonly count?: number
  /** Grey levels of the sensor's noise. */
  readonly noise?: number
  /** Where the pupil is at frame i. */
  readonly at?: (i: number) => { readonly x: number; readonly y: number }
  /** Seed of frame i's noise. */
  readonly seedOf?: (i: number) => number
}

/** Frames of a dark disc that moves on grey, and where the tracker saw it. */
function take({
  count = 60,
  noise = 2,
  at = wandering(1),
  seedOf = (i) => i,
}: Take): TrackedFrame[] {
  return Array.from({ length: count }, (_, i) => {
    const random = createRandom(seedOf(i), 5)
    const { x, y } = at(i)
    const pixels = Uint8Array.from({ length: 160 * 120 }, (_, k) => {
      const level = Math.hypot((k % 160) - x, Math.floor(k / 160) - y) < 20 ? 20 : 120
      return Math.round(level + noise * random.normal())
    })
    return { image: { width: 160, height: 120, pixels }, pupil: { x, y, radius: 20 } }
  })
}

function wandering(seed: number): (i: number) => { x: number; y: number } {
  const random = createRandom(seed)
  let [x, y] = [80, 60]
  const path = Array.from({ length: 200 }, () => {
    x = 80 + 0.9 * (x - 80) + 0.5 * random.normal()
    y = 60 + 0.9 * (y - 60) + 0.5 * random.normal()
    return { x, y }
  })
  return (i) => path[i] ?? { x, y }
}

t.test('a stream with fresh noise of an eye that wanders is bona fide', async (t) => {
  for (let seed = 1; seed <= 10; seed++) {
    const { outcome, reason, measures } = assessReplay(take({ at: wandering(seed) }))
    t.same([outcome, reason], ['bona-fide', 'replay-none'], `seed ${seed}`)
    t.ok((measures['noiseGrey'] ?? 0) > 2 && (measures['wanderPx'] ?? 0) > 0.5)
  }
})

t.test('one frame that was there before is suspect', async (t) => {
  const frames = take({})
  const twice = frames.with(40, frames[7] as TrackedFrame)
  t.match(assessReplay(twice), { outcome: 'suspect', reason: 'replay-equal-frames' })
  t.equal(assessReplay(twice).measures['repeatedFramesCount'], 1)
})

t.test('frames without fresh noise are suspect, also where the light changes', async (t) => {
  const same = take({ seedOf: () => 1, at: () => ({ x: 80, y: 60 }) }).map(
    ({ image, pupil }, i) => ({
      image: { ...image, pixels: image.pixels.map((pixel) => pixel + (i % 60)) },
      pupil: wandering(3)(i) && { ...pupil, ...wandering(3)(i) },
    }),
  )
  t.match(assessReplay(same), { outcome: 'suspect', reason: 'replay-no-fresh-noise' })
})

t.test('an eye that does not move at all is suspect', async (t) => {
  const still = take({ at: () => ({ x: 80, y: 60 }) })
  t.match(assessReplay(still), { outcome: 'suspect', reason: 'replay-motionless' })
})

t.test('a movement that comes again is a loop, whatever the noise', async (t) => {
  for (const length of [12, 20, 29]) {
    const path = wandering(length)
    const { outcome, reason, measures } = assessReplay(take({ at: (i) => path(i % length) }))
    t.same([outcome, reason], ['suspect', 'replay-loop'], `${length}`)
    t.equal(measures['loopFramesCount'], length)
  }
})

t.test('too few frames are undecided', async (t) => {
  t.equal(assessReplay([]).outcome, 'undecided')
  t.equal(assessReplay(take({ count: 20 })).outcome, 'undecided')
})

t.test('frames of unlike sizes are held to nothing', async (t) => {
  const mixed = take({ count: 40 }).map((frame, i) =>
    i % 2 === 0
      ? frame
      : { ...frame, image: { width: 80, height: 60, pixels: frame.image.pixels.slice(0, 4800) } },
  )
  t.not(assessReplay(mixed).reason, 'replay-no-fresh-noise')
})
