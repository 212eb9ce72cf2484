import t from 'tap'
import {
  frozen,
  looped,
  loopedOnScreen,
  printedPhoto,
  replayedOnScreen,
} from '../../hardware/orb/eye-renderer/attacks.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { pulsesOf, type VideoFrame } from '../../hardware/orb/eye-renderer/video.ts'
import { type Sitting, sittingOf } from '../kit/eye-videos.ts'

/** Sittings for each attack; 25 in the full run, whose comments docs/pad.md quotes. */
const SITTINGS = process.env['PERSONHOOD_TEST_FULL'] ? 25 : 1
const FIRST = 300

t.setTimeout(1_800_000)

const renderer = createEyeRenderer()

/** The frames of an attack on a sitting, given a film of the living person. */
type Attack = (sitting: Sitting, live: readonly VideoFrame[]) => readonly VideoFrame[]

const PERIODS_PX = [2.6, 3.3, 4.7, 6, 8, 11] as const

const ATTACKS: Readonly<Record<string, Attack>> = {
  'printed photo': ({ plan, seed }, [first]) => {
    const periodPx = PERIODS_PX[seed % PERIODS_PX.length] ?? 4
    const print = { periodPx, angle: (seed * 17) % 90, contrast: 0.2 }
    return first ? printedPhoto(first.image, plan, print, seed) : []
  },
  'photo without dots': ({ plan, seed }, [first]) =>
    first ? printedPhoto(first.image, plan, { periodPx: 0, angle: 0, contrast: 0 }, seed) : [],
  'replay of an old challenge': ({ plan, seed, filmOther }) =>
    replayedOnScreen(filmOther(), plan, seed),
  'frozen frame': (_, live) => frozen(live, live.length >> 1),
  'loop put into the stream': (_, live) => looped(live, 30),
  'loop on a screen': ({ seed }, live) => loopedOnScreen(live, 30, seed),
  'lamps swapped': ({ film }) =>
    film({ litInstead: ({ illumination }) => [0, 2, 1, 3][illumination & 3] ?? 0 }),
  'one lamp throughout': ({ film }) => film({ litInstead: () => 1 }),
  'constriction before the flash': ({ film, plan }) =>
    film({
      pulses: pulsesOf(plan).map(({ onMs, offMs }) => ({ onMs: onMs - 350, offMs: offMs - 350 })),
    }),
  'moulded eye on a stand': ({ film }) => film({ movement: 0 }),
}

/** Sittings by outcome and by each check that called it suspect on its own. */
type Counts = { readonly suspect: number; readonly by: Readonly<Record<string, number>> }

const counted = new Map<string, Counts>()

for (let i = 0; i < SITTINGS; i++) {
  const sitting = sittingOf(renderer, FIRST + i)
  const live = sitting.film()
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const { overall, checks } = sitting.assess(attack(sitting, live))
    const { suspect, by } = counted.get(name) ?? { suspect: 0, by: {} }
    const next = { ...by }
    for (const { method, outcome } of checks) {
      next[method] = (next[method] ?? 0) + (outcome === 'suspect' ? 1 : 0)
    }
    counted.set(name, { suspect: suspect + (overall.outcome === 'suspect' ? 1 : 0), by: next })
  }
}

for (const [name, { suspect, by }] of counted) {
  t.test(`${name}: suspect in each sitting`, async (t) => {
    t.comment(`${name}: suspect ${suspect} of ${SITTINGS}; alone by ${JSON.stringify(by)}`)
    t.equal(suspect, SITTINGS)
  })
}

t.test('each check finds an attack that is its own', async (t) => {
  const alone = (name: string, method: string) => counted.get(name)?.by[method]
  t.equal(alone('printed photo', 'print-half-tone'), SITTINGS)
  t.equal(alone('frozen frame', 'static-or-replayed'), SITTINGS)
  t.equal(alone('loop put into the stream', 'static-or-replayed'), SITTINGS)
  t.equal(alone('lamps swapped', 'corneal-glints'), SITTINGS)
  t.equal(alone('constriction before the flash', 'pupil-light-reflex'), SITTINGS)
  t.equal(alone('moulded eye on a stand', 'static-or-replayed'), SITTINGS)
})
