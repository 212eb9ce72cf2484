import type { EyePosition, GreyImage } from '../../../protocol/image.ts'
import { createRandom, seedOf } from '../../sim/random.ts'
import { takePicture } from './camera.ts'
import type { CaptureConditions } from './conditions.ts'
import { type Field, randomPhaseField } from './field.ts'
import { type EyeTruth, placeEye, truthOf } from './geometry.ts'
import { paintEye } from './paint.ts'
import { drawGlints, drawLashes } from './strokes.ts'
import {
  createSubject,
  irisSpectrum,
  type Subject,
  TEXTURE_COLUMNS,
  TEXTURE_ROWS,
} from './subject.ts'

/** Which eye of whom, taken how. */
export type EyeRequest = {
  /** Names the person; equal seeds are the same person. */
  readonly person: number
  readonly eye: EyePosition
  readonly capture: CaptureConditions
  /** 320 x 240 (the default) or any multiple of it. */
  readonly width?: 320 | 640 | 960 | 1280
}

/** Draws near-infrared pictures of eyes; equal requests give equal pixels. */
export type EyeRenderer = {
  render(request: EyeRequest): GreyImage
  /** Where pupil, limbus and lids truly are in the picture of that request. */
  truth(request: EyeRequest): EyeTruth
}

/** A renderer that keeps the textures of the `cachedEyes` eyes it drew last. */
export function createEyeRenderer(cachedEyes = 16): EyeRenderer {
  const subjects = new Map<string, Subject>()
  const shared = createSurfaces()
  const subjectOf = (person: number, eye: EyePosition): Subject => {
    const key = `${person} ${eye}`
    const subject = subjects.get(key) ?? createSubject(person, eye)
    subjects.delete(key)
    subjects.set(key, subject)
    for (const oldest of subjects.keys()) {
      if (subjects.size <= cachedEyes) break
      subjects.delete(oldest)
    }
    return subject
  }
  return {
    render: ({ person, eye, capture, width = 320 }) => {
      const height = (width * 3) / 4
      const subject = subjectOf(person, eye)
      const geometry = placeEye(subject, capture, width, height)
      const random = createRandom(capture.reliefSeed, seedOf('relief'))
      const relief = {
        field: shared.reliefs[random.int(shared.reliefs.length)] ?? shared.grain,
        shift: random.int(TEXTURE_COLUMNS),
        ratio: capture.relief,
      }
      const { grain } = shared
      const scene = { subject, geometry, relief, grain, opening: capture.opening }
      const image = paintEye(scene, width, height)
      drawGlints(image, width, geometry, capture)
      drawLashes(image, width, subject, geometry, capture)
      return takePicture(image, width, capture)
    },
    truth: ({ person, eye, capture, width = 320 }) =>
      truthOf(placeEye(subjectOf(person, eye), capture, width, (width * 3) / 4)),
  }
}

/** Surfaces that all subjects share: skin grain, and reliefs that light and dilation put on an iris. */
function createSurfaces(): { readonly grain: Field; readonly reliefs: readonly Field[] } {
  const random = createRandom(seedOf('surfaces'))
  const grain = randomPhaseField(random, 256, 256, (x, y) => 1 / (1 + (x * x + y * y) / 900) ** 1.2)
  const reliefs = Array.from({ length: 4 }, () =>
    randomPhaseField(random, TEXTURE_COLUMNS, TEXTURE_ROWS, irisSpectrum),
  )
  return { grain, reliefs }
}
