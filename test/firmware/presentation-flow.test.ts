import t from 'tap'
import type { AttendScreen } from '../../firmware/kiosk-state.ts'
import type { PresentationOutcome } from '../../protocol/messages/presentation.ts'
import { blankCard } from './bench.ts'
import type { Standing } from './eyes.ts'
import { journalOf } from './life.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'

/** Steps in front of the camera and says yes; then lets time pass until that screen. */
async function stepUp(
  t: Parameters<typeof openScene>[0],
  standing: Standing,
  options: SceneOptions = {},
): Promise<Scene> {
  const scene = await openScene(t, { isOffline: true, ...options })
  scene.place.standing = standing
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  return scene
}

/** What the journal keeps of the looks, as `eye outcome reason looks confirmed`. */
async function looksOf({ store }: Scene): Promise<readonly string[]> {
  const [row] = (await journalOf(store)).values()
  return (row?.presentation ?? []).map(({ eye, outcome, reason, looks, isConfirmed }) =>
    [eye, outcome, reason, looks, isConfirmed].join(' '),
  )
}

function attends({ kiosk }: Scene): AttendScreen | undefined {
  const { screen } = kiosk.state
  return screen.name === 'attend' ? screen : undefined
}

const BONA_FIDE = [
  'left bona-fide scene-bona-fide 1 false',
  'right bona-fide scene-bona-fide 1 false',
]

t.test('both eyes of a living person are looked at once, and flashed at twice each', async (t) => {
  const scene = await stepUp(t, { person: 1 })
  const lit: boolean[] = []
  scene.place.onFrame = (illumination) => lit.push((illumination & 0b100) !== 0)
  const began = scene.world.timers.nowMs
  t.ok(await scene.reach('card'))
  const flashes = lit.filter((isLit, i) => isLit && lit[i - 1] !== true)
  t.equal(flashes.length, 4)
  t.same(await looksOf(scene), BONA_FIDE)
  const seconds = (scene.world.timers.nowMs - began) / 1000
  t.comment(`${seconds} s for both eyes, ${lit.length} frames`)
  t.ok(seconds < 16, `${seconds} s`)
})

t.test('what is suspect waits for a person, who goes on or looks again', async (t) => {
  const scene = await stepUp(t, { person: 1, look: 'suspect' })
  t.ok(await scene.reach('attend'))
  t.match(attends(scene), { eye: 'left', why: 'look' })
  await scene.world.timers.advance(60_000)
  t.match(attends(scene), { eye: 'left', why: 'look' }, 'nothing is decided meanwhile')
  await scene.kiosk.command({ name: 'look-again' })
  t.match(scene.kiosk.state.screen, { name: 'capture', eye: 'left', attempt: 1, isAgain: true })
  t.ok(await scene.reach('attend'))
  await scene.kiosk.command({ name: 'confirm-own-eye' })
  scene.place.standing = { person: 1 }
  t.ok(await scene.reach('card'))
  t.same(await looksOf(scene), ['left suspect scene-suspect 2 true', BONA_FIDE[1]])
  scene.place.lay(blankCard(1))
  t.ok(await scene.reach('done'), 'and it is an enrolment like any other')
})

t.test('where no reflex is seen somebody looks, and the person gets her card', async (t) => {
  const scene = await stepUp(t, { person: 1, look: 'exception' })
  for (const eye of ['left', 'right']) {
    t.ok(await scene.until(() => attends(scene)?.eye === eye))
    t.match(attends(scene), { why: 'exception', checks: [{ outcome: 'exception' }] })
    t.match(await scene.kiosk.command({ name: 'confirm-own-eye' }), { isTaken: true })
  }
  t.ok(await scene.reach('card'))
  t.same(await looksOf(scene), [
    'left exception scene-exception 1 true',
    'right exception scene-exception 1 true',
  ])
  scene.place.lay(blankCard(1))
  t.ok(await scene.reach('done'))
})

t.test(
  'too little seen: once more in kind words, and after three times somebody looks',
  async (t) => {
    const scene = await stepUp(t, { person: 1, look: 'undecided' })
    const isSecond = () => {
      const { screen } = scene.kiosk.state
      return screen.name === 'capture' && screen.attempt === 2
    }
    t.ok(await scene.until(isSecond))
    t.match(scene.kiosk.state.screen, { isAgain: true, eye: 'left' })
    t.ok(await scene.reach('attend'))
    t.match(attends(scene), { eye: 'left', why: 'exception' })
    scene.place.standing = { person: 1 }
    await scene.kiosk.command({ name: 'confirm-own-eye' })
    t.ok(await scene.reach('card'))
    t.same(await looksOf(scene), ['left undecided scene-undecided 3 true', BONA_FIDE[1]])
  },
)

t.test('whoever says at the consent that flashes are too much sees none', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  scene.place.standing = { person: 1 }
  let flashes = 0
  scene.place.onFrame = (illumination) => {
    if ((illumination & 0b100) !== 0) flashes += 1
  }
  await scene.kiosk.command({ name: 'begin' })
  t.match(await scene.kiosk.command({ name: 'no-flashes' }), { isTaken: true })
  t.ok(await scene.reach('capture'))
  t.match(scene.kiosk.state.screen, { isFlashing: false })
  for (const eye of ['left', 'right']) {
    t.ok(await scene.until(() => attends(scene)?.eye === eye))
    t.equal(attends(scene)?.why, 'exception')
    await scene.kiosk.command({ name: 'confirm-own-eye' })
  }
  t.ok(await scene.reach('card'))
  t.equal(flashes, 0)
  t.same(await looksOf(scene), [
    'left exception reflex-declined 1 true',
    'right exception reflex-declined 1 true',
  ])
})

t.test('a capture goes on without flashes from the moment that somebody asks', async (t) => {
  const scene = await stepUp(t, { person: 1 })
  let [flashes, before] = [0, 0]
  scene.place.onFrame = (illumination) => {
    if ((illumination & 0b100) !== 0) flashes += 1
  }
  t.ok(await scene.until(() => flashes > 0))
  await scene.kiosk.command({ name: 'no-flashes' })
  before = flashes
  t.match(scene.kiosk.state.screen, { name: 'capture', isFlashing: false })
  t.match(await scene.kiosk.command({ name: 'no-flashes' }), { isTaken: false })
  t.ok(await scene.reach('attend'))
  t.ok(flashes <= before + 1, 'one frame may have been under way')
})

t.test('a head without a visible lamp enrols, and says what was not asked', async (t) => {
  const scene = await stepUp(t, { person: 1 }, { head: { lights: 0b011 } })
  t.ok(await scene.reach('card'))
  t.same(await looksOf(scene), [
    'left bona-fide reflex-no-lamp 1 false',
    'right bona-fide reflex-no-lamp 1 false',
  ])
})

t.test(
  'a head that starts anew in a look is greeted again, and the look begins anew',
  async (t) => {
    const scene = await stepUp(t, { person: 1 })
    let hasRestarted = false
    // At the second eye: a clock of a few frames is no clock to tell a start by.
    scene.place.onFrame = (illumination) => {
      const { screen } = scene.kiosk.state
      const isSecond = screen.name === 'capture' && screen.eye === 'right'
      if (hasRestarted || !isSecond || (illumination & 0b100) === 0) return
      hasRestarted = true
      scene.place.restartHead()
    }
    t.ok(await scene.reach('card'))
    t.ok(hasRestarted)
    t.ok(scene.log.some((line) => /device\.lost.*orb-(restarted|fault)/.test(line)))
    t.same(await looksOf(scene), BONA_FIDE)
  },
)

t.test(
  'a head that every flash throws off its feet does not keep a resident for ever',
  async (t) => {
    const scene = await stepUp(t, { person: 1 })
    scene.place.onFrame = (illumination) => {
      if ((illumination & 0b100) !== 0) scene.place.restartHead()
    }
    t.ok(await scene.until(() => attends(scene) !== undefined, 200))
    await scene.kiosk.command({ name: 'confirm-own-eye' })
    t.ok(await scene.until(() => attends(scene)?.eye === 'right', 200))
    await scene.kiosk.command({ name: 'confirm-own-eye' })
    t.ok(await scene.reach('card'))
    t.same(await looksOf(scene), [
      'left undecided reflex-interrupted 3 true',
      'right undecided reflex-interrupted 3 true',
    ])
  },
)

t.test('a cable pulled in a look pauses it, and it begins anew', async (t) => {
  const scene = await stepUp(t, { person: 1 })
  let frames = 0
  scene.place.onFrame = () => {
    frames += 1
    if (frames === 40) scene.place.unplug('orb')
  }
  t.ok(await scene.until(() => scene.kiosk.state.devices.orb.status !== 'ready'))
  t.equal(scene.kiosk.state.screen.name, 'capture')
  scene.place.plug('orb')
  t.ok(await scene.reach('card'))
  t.same(await looksOf(scene), BONA_FIDE)
})

t.test('nobody at the desk: after a while it stops, and nothing is kept', async (t) => {
  const scene = await stepUp(t, { person: 1, look: 'suspect' })
  t.ok(await scene.reach('attend'))
  t.ok(await scene.until(() => scene.kiosk.state.screen.name === 'stopped', 200))
  t.match(scene.kiosk.state.screen, { reason: 'resident-left' })
  t.equal((await journalOf(scene.store)).size, 0)
})

t.test('an eye can be left out, and with both left out there is another way', async (t) => {
  const scene = await stepUp(t, { person: 1, look: 'suspect' })
  for (const eye of ['left', 'right']) {
    t.ok(await scene.until(() => attends(scene)?.eye === eye))
    await scene.kiosk.command({ name: 'cannot-use-this-eye' })
  }
  t.match(scene.kiosk.state.screen, { name: 'stopped', reason: 'no-eye' })
})

t.test('the gateway hears outcome and reason of each check, and no measure', async (t) => {
  const outcomes: readonly PresentationOutcome[] = ['bona-fide', 'exception']
  for (const look of outcomes) {
    const scene = await stepUp(t, { person: 1, look })
    await scene.until(
      () => attends(scene) !== undefined || scene.kiosk.state.screen.name === 'card',
    )
    for (let i = 0; i < 2 && attends(scene) !== undefined; i++) {
      await scene.kiosk.command({ name: 'confirm-own-eye' })
      await scene.until(
        () => attends(scene) !== undefined || scene.kiosk.state.screen.name === 'card',
      )
    }
    t.ok(await scene.reach('card'))
    const [row] = (await journalOf(scene.store)).values()
    const [first] = row?.presentation ?? []
    const check = { method: 'pupil-light-reflex', outcome: look, reason: `scene-${look}` }
    t.same(first?.checks, [check], 'the amplitude stays at the kiosk')
  }
})
