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

/** Frames for which a stored image is held, as somebody holds still. */
const HELD_FRAMES = 3

/**
 * A subject in front of the camera, out of stored images, round and round. Two visits that follow each
 * other see different ones, so that what is compared was never the same picture: the one has the first
 * of each two images of an eye, the other the second.
 */
export function imageSource(images: SubjectImages, visit = 0): FrameSource {
  const half = (all: readonly GreyImage[]): readonly GreyImage[] =>
    all.length < 2 ? all : all.filter((_, i) => i % 2 === visit % 2)
  const seen = { left: half(images.left), right: half(images.right) }
  const frames = { left: 0, right: 0 }
  return ({ eye }) => {
    const stored = seen[eye]
    const frame = Math.floor(frames[eye]++ / HELD_FRAMES)
    return stored.length === 0 ? undefined : stored[frame % stored.length]
  }
}
