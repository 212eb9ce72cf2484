import { printedPhoto, replayedOnScreen } from '../../hardware/orb/eye-renderer/attacks.ts'
import type { EyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import type { PlannedFrame, VideoFrame } from '../../hardware/orb/eye-renderer/video.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import { sittingOf } from './eye-videos.ts'

/** A camera before which something is held up from its first frame on. */
function heldUp(show: (frame: PlannedFrame, number: number) => readonly VideoFrame[]): FrameSource {
  let number = 0
  let startMs: number | undefined
  return ({ sequence, illumination, headUs }) => {
    startMs ??= headUs / 1000
    const atMs = headUs / 1000 - startMs
    return show({ segment: 0, sequence, atMs, illumination }, number++)[0]?.image
  }
}

/** A printed photo of an eye, dots and all, held by hand. */
export function photoSource(renderer: EyeRenderer, seed: number): FrameSource {
  const [first] = sittingOf(renderer, seed).film()
  const print = { periodPx: 3.3, angle: 17, contrast: 0.2 }
  return heldUp((frame, number) =>
    first === undefined ? [] : printedPhoto(first.image, [frame], print, seed + number),
  )
}

/** A screen that shows how the person answered another challenge. */
export function replaySource(renderer: EyeRenderer, seed: number): FrameSource {
  const film = sittingOf(renderer, seed).filmOther()
  return heldUp((frame, number) => replayedOnScreen(film, [frame], seed + number))
}
