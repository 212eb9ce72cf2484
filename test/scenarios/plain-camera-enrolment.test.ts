import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { assessPresentation } from '../../biometrics/pad/assess.ts'
import { createIrisEyeReader } from '../../firmware/enrolment/iris-eye-reader.ts'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { openPlainCamera } from '../../hardware/camera/plain-camera.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { livingSource } from '../../hardware/orb/living-source.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import { blankCard } from '../firmware/bench.ts'
import { journalOf } from '../firmware/life.ts'
import { openScene, type Scene } from '../firmware/scene.ts'
import { photoSource } from '../kit/attack-sources.ts'
import { writeFilm } from '../kit/camera-kit.ts'

t.setTimeout(290_000)

const isInstalled = spawnSync('ffmpeg', ['-version']).status === 0
const NEEDS_FFMPEG = isInstalled ? {} : { skip: 'ffmpeg is not installed (Debian: ffmpeg)' }

const renderer = createEyeRenderer()
/** Longer than a look, so that no look sees it come round. */
const FRAMES = 130
const FPS = 40

/** A kiosk with a plain camera, before which the film of this source runs; an enrolment has begun. */
async function enrolling(t: Test, source: FrameSource): Promise<Scene> {
  const path = join(t.testdir({}), 'eye.y4m')
  const frames = Array.from({ length: FRAMES }, (_, sequence) => {
    const headUs = (sequence * 1_000_000) / FPS
    return source({ eye: 'left', sequence, illumination: 0b11, headUs })
  })
  await writeFilm(
    path,
    frames.flatMap((frame) => frame ?? []),
    FPS,
  )
  const scene = await openScene(t, {
    isOffline: true,
    optics: { eyeReader: createIrisEyeReader(), assessPresentation },
    openCamera: (signal) =>
      openPlainCamera({ source: { kind: 'file', path }, nowMs: () => performance.now(), signal }),
  })
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  return scene
}

/** The film runs in real time, so the kiosk's own time stands still meanwhile. */
function reached(
  { kiosk }: Scene,
  name: KioskState['screen']['name'],
): Promise<KioskState['screen']> {
  return new Promise((resolve) => {
    const check = (state: KioskState): void => {
      if (state.screen.name !== name) return
      stop()
      resolve(state.screen)
    }
    const stop = kiosk.onState(check)
    check(kiosk.state)
  })
}

t.test(
  'who is enrolled by a plain camera is looked at by a person first',
  NEEDS_FFMPEG,
  async (t) => {
    const scene = await enrolling(t, livingSource(renderer, { person: 50, visit: 0 }))
    t.match(await reached(scene, 'attend'), {
      eye: 'left',
      why: 'exception',
      checks: [
        { method: 'pupil-light-reflex', outcome: 'undecided' },
        { method: 'corneal-glints', outcome: 'undecided' },
        { method: 'print-half-tone', outcome: 'bona-fide' },
        { method: 'static-or-replayed', outcome: 'bona-fide' },
        { method: 'frame-signature', outcome: 'exception' },
      ],
    })
    await scene.world.timers.advance(30_000)
    t.equal(scene.kiosk.state.screen.name, 'attend', 'nothing goes on by itself')
    await scene.kiosk.command({ name: 'confirm-own-eye' })
    t.match(await reached(scene, 'capture'), { eye: 'right', isFlashing: false })
    await scene.kiosk.command({ name: 'cannot-use-this-eye' })
    t.ok(await scene.reach('card'))
    const [row] = (await journalOf(scene.store)).values()
    t.match(row?.presentation, [{ eye: 'left', outcome: 'exception', isConfirmed: true }])
    t.equal(row?.presentation?.[0]?.reason, 'no-lights')
    t.match(row?.presentation?.[0]?.checks.at(-1), { reason: 'frames-unsigned' })
    scene.place.lay(blankCard(1))
    t.ok(await scene.reach('done'))
  },
)

t.test('a printed photo before a plain camera is for somebody to see', NEEDS_FFMPEG, async (t) => {
  const scene = await enrolling(t, photoSource(renderer, 43))
  t.match(await reached(scene, 'attend'), { eye: 'left', why: 'look' })
  await scene.kiosk.command({ name: 'cancel' })
  t.equal((await journalOf(scene.store)).size, 0, 'nothing of it is kept')
})
