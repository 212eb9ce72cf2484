import type { GreyImage } from '../protocol/image.ts'
import type { EyeCircle, EyePlace } from './eye-painting.ts'

/** Turns a place in the framed image back into one of the original. */
export type ToOriginal = (x: number, y: number) => readonly [x: number, y: number]

/** How an eye is put into another frame. */
export type Framing = {
  readonly width: number
  readonly height: number
  /** Size across and down against the original. */
  readonly scaleX: number
  readonly scaleY: number
  /** Rotation about the limbus's middle, degrees. */
  readonly degrees: number
  /** Where the limbus's middle comes to lie. */
  readonly x: number
  readonly y: number
}

/** An image in another frame, and where its eye lies there. */
export type Framed = {
  readonly image: GreyImage
  readonly place: EyePlace
  readonly toOriginal: ToOriginal
}

/**
 * The eye resampled (mean over the area of a new pixel) into another frame; what lies beyond the
 * original is its edge, fading into skin.
 */
export function reframe(image: GreyImage, place: EyePlace, framing: Framing): Framed {
  const { width, height, scaleX, scaleY, x, y } = framing
  const angle = (framing.degrees * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const { limbus } = place
  const toOriginal: ToOriginal = (px, py) => {
    const u = (px - x) / scaleX
    const v = (py - y) / scaleY
    return [limbus.x + u * cos + v * sin, limbus.y - u * sin + v * cos]
  }
  // Points in a new pixel, so that shrinking is no mere picking.
  const taps = Math.max(1, Math.min(4, Math.ceil(1.5 / Math.min(scaleX, scaleY))))
  const skin = skinLevel(image)
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = 0
      for (let i = 0; i < taps * taps; i++) {
        const dx = ((i % taps) + 0.5) / taps - 0.5
        const dy = (Math.floor(i / taps) + 0.5) / taps - 0.5
        sum += sampleGrey(image, skin, ...toOriginal(column + dx, row + dy))
      }
      pixels[row * width + column] = Math.round(sum / (taps * taps))
    }
  }
  const scale = Math.sqrt(scaleX * scaleY)
  const circle = (old: EyeCircle): EyeCircle => {
    const u = old.x - limbus.x
    const v = old.y - limbus.y
    return {
      x: x + scaleX * (u * cos - v * sin),
      y: y + scaleY * (u * sin + v * cos),
      radius: old.radius * scale,
    }
  }
  const moved = { pupil: circle(place.pupil), limbus: circle(limbus) }
  return { image: { width, height, pixels }, place: moved, toOriginal }
}

/** Pixels beyond the original's edge after which only skin of one level is left. */
const SKIN_PIXELS = 12

/** Level between pixels; beyond the image its edge fades into skin. */
function sampleGrey(image: GreyImage, skin: number, x: number, y: number): number {
  const { width, height, pixels } = image
  const cx = Math.max(0, Math.min(width - 1.001, x))
  const cy = Math.max(0, Math.min(height - 1.001, y))
  const [left, top] = [Math.floor(cx), Math.floor(cy)]
  const [fx, fy] = [cx - left, cy - top]
  const at = top * width + left
  const upper = (pixels[at] as number) * (1 - fx) + (pixels[at + 1] as number) * fx
  const lower = (pixels[at + width] as number) * (1 - fx) + (pixels[at + width + 1] as number) * fx
  const level = upper * (1 - fy) + lower * fy
  const beyond = Math.min(1, Math.hypot(x - cx, y - cy) / SKIN_PIXELS)
  return level + beyond * (skin - level)
}

/** Upper quartile of an image's border: skin rather than lashes. */
function skinLevel({ width, height, pixels }: GreyImage): number {
  const border = pixels.filter((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x < 4 || y < 4 || x >= width - 4 || y >= height - 4
  })
  return border.sort()[Math.floor(0.75 * border.length)] ?? 128
}

/** Out of focus by a Gaussian of `sigma` pixels. */
export function defocus(image: GreyImage, sigma: number): GreyImage {
  const reach = Math.ceil(3 * sigma)
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  )
  const total = kernel.reduce((sum, weight) => sum + weight, 0)
  const pass = (from: Float64Array, stride: number, count: number, at: number, place: number) =>
    kernel.reduce((sum, weight, i) => {
      const other = Math.max(0, Math.min(count - 1, place + i - reach))
      return sum + (weight / total) * (from[at + (other - place) * stride] as number)
    }, 0)
  const { width, height } = image
  const source = Float64Array.from(image.pixels)
  const across = source.map((_, at) => pass(source, 1, width, at, at % width))
  const both = across.map((_, at) => pass(across, width, height, at, Math.floor(at / width)))
  return { width, height, pixels: Uint8Array.from(both, (level) => Math.round(level)) }
}
