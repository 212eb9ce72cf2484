import t from 'tap'
import { assessPresentation } from '../../biometrics/pad/assess.ts'
import { createIrisEyeReader } from '../../firmware/enrolment/iris-eye-reader.ts'
import type { AttendScreen } from '../../firmware/kiosk-state.ts'
import { sampleReflex } from '../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { livingSource } from '../../hardware/orb/living-source.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import { blankCard, type HeadOptions } from '../firmware/bench.ts'
import { journalOf } from '../firmware/life.ts'
import { openScene, type Scene } from '../firmware/scene.ts'
import { photoSource, replaySource } from '../kit/attack-sources.ts'

t.setTimeout(290_000)

const renderer = createEyeRenderer()

/** A kiosk with the real reader and checks, with somebody or something before its camera. */
async function enrolling(
  t: Parameters<typeof openScene>[0],
  source: FrameSource,
  head: HeadOptions = {},
): Promise<Scene> {
  const optics = { eyeReader: createIrisEyeReader(), assessPresentation }
  const scene = await openScene(t, { isOffline: true, head, optics })
  scene.place.source = source
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  return scene
}

/** Lets time pass until an eye needs a person's look, or the card is asked for. */
async function seenBy({ kiosk, until }: Scene): Promise<AttendScreen | undefined> {
  await until(() => kiosk.state.screen.name === 'attend' || kiosk.state.screen.name === 'card', 90)
  const { screen } = kiosk.state
  return screen.name === 'attend' ? screen : undefined
}

async function recorded({ store }: Scene): Promise<readonly string[]> {
  const [row] = (await journalOf(store)).values()
  return (row?.presentation ?? []).map(({ eye, outcome, reason }) => `${eye} ${outcome} ${reason}`)
}

t.test('a living person has her card without anybody being asked', async (t) => {
  const scene = await enrolling(t, livingSource(renderer, { person: 40, visit: 0 }))
  const began = scene.world.timers.nowMs
  t.equal(await seenBy(scene), undefined)
  t.comment(`both eyes in ${(scene.world.timers.nowMs - began) / 1000} s of the kiosk's time`)
  t.same(await recorded(scene), ['left bona-fide all-checks', 'right bona-fide all-checks'])
  scene.place.lay(blankCard(1))
  t.ok(await scene.reach('done'))
})

t.test('who has no reflex has her card too, once somebody has looked', async (t) => {
  const reflex = { ...sampleReflex(41, 60), depth: 0 }
  const scene = await enrolling(t, livingSource(renderer, { person: 41, visit: 0, reflex }))
  for (const eye of ['left', 'right'] as const) {
    const asked = await seenBy(scene)
    t.match(asked, { eye, why: 'exception' })
    t.notOk(asked?.checks.some(({ outcome }) => outcome === 'suspect'))
    await scene.kiosk.command({ name: 'confirm-own-eye' })
  }
  t.equal(await seenBy(scene), undefined)
  t.same(await recorded(scene), ['left exception reflex-absent', 'right exception reflex-absent'])
  scene.place.lay(blankCard(1))
  t.ok(await scene.reach('done'))
})

t.test('a head without a visible lamp: the other checks stand alone', async (t) => {
  const source = livingSource(renderer, { person: 42, visit: 0 })
  const scene = await enrolling(t, source, { lights: 0b011 })
  t.equal(await seenBy(scene), undefined)
  t.same(await recorded(scene), ['left bona-fide all-but-reflex', 'right bona-fide all-but-reflex'])
})

const HELD_UP: Readonly<Record<string, () => FrameSource>> = {
  'a printed photo': () => photoSource(renderer, 43),
  'a replay of another challenge': () => replaySource(renderer, 44),
}
const HEADS: Readonly<Record<string, HeadOptions>> = {
  'with a lamp': {},
  'without a lamp': { lights: 0b011 },
}
for (const [name, source] of Object.entries(HELD_UP)) {
  for (const [lamp, head] of Object.entries(HEADS)) {
    t.test(`${name} is for somebody to see, ${lamp}, and enrols nobody by itself`, async (t) => {
      const scene = await enrolling(t, source(), head)
      const asked = await seenBy(scene)
      t.match(asked, { eye: 'left', why: 'look' })
      t.comment(asked?.checks.map(({ method, outcome }) => `${method} ${outcome}`).join(', '))
      await scene.world.timers.advance(30_000)
      t.equal(scene.kiosk.state.screen.name, 'attend')
      await scene.kiosk.command({ name: 'cancel' })
      t.equal((await journalOf(scene.store)).size, 0, 'nothing of it is kept')
    })
  }
}
