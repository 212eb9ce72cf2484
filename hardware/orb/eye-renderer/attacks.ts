import type { GreyImage } from '../../../protocol/image.ts'
import { createRandom, seedOf } from '../../sim/random.ts'
import { takePicture } from './camera.ts'
import { FAIR_WEATHER } from './conditions.ts'
import type { PlannedFrame, VideoFrame } from './video.ts'

/** How a picture was printed. */
export type Print = {
  /** Pixels of the frame from dot to dot; 0 prints without dots. */
  readonly periodPx: number
  /** Direction of the rows of dots, degrees. */
  readonly angle: number
  /** Share 0..1 of the dots' contrast that paper and lens leave. */
  readonly contrast: number
}

/** A printed picture in front of the camera, held by hand and lit as the plan says. */
export function printedPhoto(
  photo: GreyImage,
  plan: readonly PlannedFrame[],
  print: Print,
  seed: number,
): readonly VideoFrame[] {
  const random = createRandom(seed, seedOf('print'))
  const ink = dots(photo, print)
  let [x, y] = [0, 0]
  return plan.map((frame, i) => {
    x = 0.97 * x + 0.35 * random.normal()
    y = 0.97 * y + 0.35 * random.normal()
    return { ...frame, image: retake(moved(ink, photo.width, x, y), photo.width, frame, seed + i) }
  })
}

/** A video of another time on a screen without light of its own in the infrared: it shows what it shows. */
export function replayedOnScreen(
  video: readonly VideoFrame[],
  plan: readonly PlannedFrame[],
  seed: number,
): readonly VideoFrame[] {
  return plan.flatMap((frame, i) => {
    const shown = video.findLast(({ atMs }) => atMs <= frame.atMs) ?? video[0]
    if (shown === undefined) return []
    const { width, pixels } = shown.image
    return [{ ...frame, image: retake(Float32Array.from(pixels), width, BOTH_LIT, seed + i) }]
  })
}

/** The stream is cut and one frame put in for all that follow. */
export function frozen(video: readonly VideoFrame[], from: number): readonly VideoFrame[] {
  return video.map((frame, i) => ({ ...frame, image: (video[Math.min(i, from)] ?? frame).image }))
}

/** The stream is cut and its first frames are put in again and again. */
export function looped(video: readonly VideoFrame[], length: number): readonly VideoFrame[] {
  return video.map((frame, i) => ({ ...frame, image: (video[i % length] ?? frame).image }))
}

/** The same with fresh noise, as a screen in front of the camera shows a loop. */
export function loopedOnScreen(
  video: readonly VideoFrame[],
  length: number,
  seed: number,
): readonly VideoFrame[] {
  return looped(video, length).map((frame, i) => {
    const { width, pixels } = frame.image
    return { ...frame, image: retake(Float32Array.from(pixels), width, BOTH_LIT, seed + i) }
  })
}

/** A disturbance, no attack: some frames never arrive. */
export function withDroppedFrames(
  video: readonly VideoFrame[],
  share: number,
  seed: number,
): readonly VideoFrame[] {
  const random = createRandom(seed, seedOf('dropped'))
  return video.filter(() => random.next() >= share)
}

/** A disturbance, no attack: the head's clock is read late by a random time. */
export function withClockJitter(
  video: readonly VideoFrame[],
  deviationMs: number,
  seed: number,
): readonly VideoFrame[] {
  const random = createRandom(seed, seedOf('jitter'))
  return video.map((frame) => ({
    ...frame,
    atMs: Math.max(0, Math.round(frame.atMs + deviationMs * random.normal())),
  }))
}

const BOTH_LIT = { illumination: 0b11 } as const

/** Another picture of light that was a picture already: fresh noise, the head's own illumination. */
function retake(
  light: Float32Array,
  width: number,
  { illumination }: Pick<PlannedFrame, 'illumination'>,
  seed: number,
): GreyImage {
  return takePicture(light, width, { ...FAIR_WEATHER, seed, illumination: illumination & 0b11 })
}

/** The photo as round dots on a turned grid, large where it is dark. */
function dots(photo: GreyImage, { periodPx, angle, contrast }: Print): Float32Array {
  if (periodPx <= 0) return Float32Array.from(photo.pixels)
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]
  const turn = (2 * Math.PI) / periodPx
  return Float32Array.from(photo.pixels, (grey, i) => {
    const [x, y] = [i % photo.width, Math.floor(i / photo.width)]
    const cell = Math.cos(turn * (x * cos + y * sin)) + Math.cos(turn * (y * cos - x * sin))
    const paper = 1 / (1 + Math.exp(-7 * (grey / 255 - 0.5 + 0.25 * cell)))
    return grey + contrast * (255 * paper - grey)
  })
}

/** The picture moved by part of a pixel. */
function moved(light: Float32Array, width: number, dx: number, dy: number): Float32Array {
  const height = light.length / width
  const at = (x: number, y: number): number =>
    light[
      Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)
    ] as number
  return light.map((_, i) => {
    const [x, y] = [(i % width) - dx, Math.floor(i / width) - dy]
    const [x0, y0] = [Math.floor(x), Math.floor(y)]
    const [fx, fy] = [x - x0, y - y0]
    const upper = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx
    const lower = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx
    return upper * (1 - fy) + lower * fy
  })
}
