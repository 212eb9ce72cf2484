import { PersonhoodError } from '../../protocol/errors.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import type { FrameSource } from './simulated-frames.ts'

/** The decoded images of one subject's eyes; an eye without any is not in front of the camera. */
export type SubjectImages = { readonly [eye in EyePosition]: readonly GreyImage[] }

/** A stored image with its subject, as a folder's index lists it. */
export type IndexedImage = {
  readonly subject: string
  readonly eye: EyePosition
  readonly image: GreyImage
}

/** Gathers a folder's images by subject, in the order of the list. */
export function groupImages(images: readonly IndexedImage[]): ReadonlyMap<string, SubjectImages> {
  const subjects = new Map<string, { readonly left: GreyImage[]; readonly right: GreyImage[] }>()
  for (const { subject, eye, image } of images) {
    if (image.pixels.length !== image.width * image.height) {
      throw new PersonhoodError(
        'call.orb-image',
        `an image of subject ${subject} has ${image.pixels.length} pixels, ` +
          `not ${image.width} x ${image.height}`,
      )
    }
    const gathered = subjects.get(subject) ?? { left: [], right: [] }
    gathered[eye].push(image)
    subjects.set(subject, gathered)
  }
  return subjects
}

/**
 * A subject in front of the camera, out of stored images: each frame is the next one of that eye,
 * round and round, so a second capture starts where the first one ended.
 */
export function imageSource(images: SubjectImages): FrameSource {
  const next = { left: 0, right: 0 }
  return ({ eye }) => {
    const stored = images[eye]
    return stored.length === 0 ? undefined : stored[next[eye]++ % stored.length]
  }
}
