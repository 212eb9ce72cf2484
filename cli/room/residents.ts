import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { imageSource, type SubjectImages } from '../../hardware/orb/image-source.ts'
import { livingSource } from '../../hardware/orb/living-source.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'

/** Someone who can stand in front of a simulated camera. */
export type Resident = {
  readonly id: string
  readonly name: string
  /** What the camera sees of this person on the n-th visit, counted from 0. */
  eyes(visit: number): FrameSource
}

/** Names from several languages, none of a real person. */
const NAMES = ['Leila', 'Tomás', 'Amina', 'Jun', 'Rosa', 'Bako'] as const

/** Six residents whose eyes are drawn: nobody's. `seed` names the population. */
export function renderedResidents(seed: number): readonly Resident[] {
  const renderer = createEyeRenderer(2 * NAMES.length)
  return NAMES.map((name, i) => ({
    id: idOf(name),
    name,
    eyes: (visit) => livingSource(renderer, { person: seed * 1000 + i, visit }),
  }))
}

/** Residents out of stored images: those subjects that have both eyes, in the folder's order. */
export function imagedResidents(subjects: ReadonlyMap<string, SubjectImages>): readonly Resident[] {
  const whole = [...subjects].filter(([, { left, right }]) => left.length > 0 && right.length > 0)
  return whole.map(([subject, images]) => {
    // Whoever comes again, to whichever kiosk, is seen in other pictures.
    let visits = 0
    return {
      id: idOf(subject),
      name: `Subject ${subject}`,
      eyes: () => imageSource(images, visits++),
    }
  })
}

function idOf(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '')
}
