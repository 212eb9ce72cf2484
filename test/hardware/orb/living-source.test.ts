import t from 'tap'
import { refinePupil, trackPupil } from '../../../biometrics/pad/pupil-tracker.ts'
import { sampleReflex } from '../../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { type LivingVisit, livingSource } from '../../../hardware/orb/living-source.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import type { EyePosition, GreyImage } from '../../../protocol/image.ts'

const renderer = createEyeRenderer()

/** Films `seconds` of one eye at 25 frames a second, with a flash of 160 ms from `flashMs` on. */
function filmed(
  visit: LivingVisit,
  options: { eyeAt?: (ms: number) => EyePosition; seconds?: number; flashMs?: number } = {},
): readonly { readonly ms: number; readonly image: GreyImage }[] {
  const { eyeAt = () => 'left', seconds = 1.4, flashMs = Number.POSITIVE_INFINITY } = options
  const source = livingSource(renderer, visit)
  return Array.from({ length: Math.round(25 * seconds) }, (_, sequence) => {
    const ms = 40 * sequence
    const isLit = ms >= flashMs && ms < flashMs + 160
    const request = { eye: eyeAt(ms), sequence, headUs: 1000 * ms }
    const image = source({ ...request, illumination: isLit ? 0b111 : 0b011 })
    if (image === undefined) throw new Error('nobody is there')
    return { ms, image }
  })
}

/** Mean radius of the pupil between two moments, in pixels. */
function radiusIn(film: ReturnType<typeof filmed>, fromMs: number, toMs: number): number {
  const pupils = trackPupil(film.map(({ image }) => image))
  const radii = pupils.flatMap((pupil, i) => {
    const ms = film[i]?.ms ?? -1
    return pupil !== undefined && ms >= fromMs && ms < toMs ? [pupil.radius] : []
  })
  return radii.reduce((sum, radius) => sum + radius, 0) / radii.length
}

t.test('the pupil answers the flash, after it and not before', async (t) => {
  const film = filmed({ person: 3, visit: 0 }, { flashMs: 600 })
  const [rest, early, late] = [
    radiusIn(film, 120, 600),
    radiusIn(film, 600, 760),
    radiusIn(film, 960, 1300),
  ]
  t.ok(Math.abs(early / rest - 1) < 0.03, `${early} of ${rest} px at once`)
  t.ok(late < 0.93 * rest, `${late} of ${rest} px later`)
  const dark = filmed({ person: 3, visit: 0 })
  t.ok(radiusIn(dark, 960, 1300) > 0.96 * radiusIn(dark, 120, 600), 'and stays in the dark')
})

t.test('light in one eye narrows the other too', async (t) => {
  const eyeAt = (ms: number): EyePosition => (ms < 800 ? 'left' : 'right')
  const answered = radiusIn(filmed({ person: 3, visit: 0 }, { eyeAt, flashMs: 600 }), 960, 1300)
  const dark = radiusIn(filmed({ person: 3, visit: 0 }, { eyeAt }), 960, 1300)
  t.ok(answered < 0.95 * dark, `${answered} against ${dark} px`)
})

t.test('who has no reflex lives on all the same', async (t) => {
  const reflex = { ...sampleReflex(3, 40), depth: 0 }
  const film = filmed({ person: 3, visit: 0, reflex }, { flashMs: 600 })
  t.ok(radiusIn(film, 960, 1300) > 0.96 * radiusIn(film, 120, 600))
  const pupils = trackPupil(film.map(({ image }) => image))
  t.equal(new Set(pupils.map((pupil) => pupil?.x)).size > 25, true, 'the eye wanders')
})

t.test('equal visits are equal, another visit is not', async (t) => {
  const [first] = filmed({ person: 5, visit: 1 }, { seconds: 0.5 })
  const [same] = filmed({ person: 5, visit: 1 }, { seconds: 0.5 })
  const [other] = filmed({ person: 5, visit: 2 }, { seconds: 0.5 })
  const pixels = (shot: typeof first) => shot?.image.pixels ?? new Uint8Array()
  t.ok(equalBytes(pixels(first), pixels(same)))
  t.notOk(equalBytes(pixels(first), pixels(other)))
})

t.test('a camera that turns to an eye finds focus in two frames', async (t) => {
  const film = filmed({ person: 3, visit: 0 }, { seconds: 0.5 })
  const found = film.slice(0, 6).map(({ image }, i) => {
    const [pupil] = trackPupil([film[i + 6]?.image ?? image])
    return pupil !== undefined && refinePupil(image, pupil) !== undefined
  })
  t.same(found.slice(2), [true, true, true, true])
})

t.test('a head that starts anew finds the same person, a moment older', async (t) => {
  const source = livingSource(renderer, { person: 3, visit: 0 })
  const request = { eye: 'left', sequence: 0, illumination: 3 } as const
  for (const headUs of [0, 40_000, 80_000, 0, 40_000]) {
    t.match(source({ ...request, headUs }), { width: 320 })
  }
})
