import type { GreyImage } from '../../../protocol/image.ts'
import { createRandom, type Random, seedOf } from '../../sim/random.ts'
import type { CaptureConditions } from './conditions.ts'

/** What lens and sensor make of a sharp scene: defocus, smear, exposure, noise, eight bits. */
export function takePicture(
  scene: Float32Array,
  width: number,
  capture: CaptureConditions,
): GreyImage {
  const scale = width / 320
  let light = blur(scene, width, gaussian(capture.blurPx * scale))
  if (capture.smearPx > 0) light = smear(light, width, Math.round(capture.smearPx * scale))
  const random = createRandom(capture.seed, seedOf('sensor'))
  const grain = normals(random)
  const exposure = capture.gain * (LIGHT[capture.illumination & 0b11] ?? 1)
  const pixels = new Uint8Array(light.length)
  for (let i = 0; i < light.length; i++) {
    if (i % GRAIN === 0) grain.turn()
    const grey = exposure * (light[i] as number)
    // Read-out noise, and photon noise that grows with the root of the light.
    const noise = capture.noise * (0.55 + 0.04 * Math.sqrt(Math.max(0, grey)))
    const value = grey + noise * grain.at(i)
    pixels[i] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5
  }
  return { width, height: light.length / width, pixels }
}

const GRAIN = 512

/** Light by illuminators lit (none, left, right, both): the head controls the exposure, so one is not half. */
const LIGHT = [0.06, 0.86, 0.86, 1] as const

/** Normal numbers from a table that is entered anew for each run: a draw a pixel is too slow. */
function normals(random: Random): { turn(): void; at(i: number): number } {
  const table = Float32Array.from({ length: 8192 }, () => random.normal())
  let start = 0
  return {
    turn: () => {
      start = random.int(table.length)
    },
    at: (i) => table[(start + (i % GRAIN)) & 8191] as number,
  }
}

function gaussian(deviation: number): Float32Array {
  const reach = Math.max(1, Math.ceil(2.6 * deviation))
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / Math.max(deviation, 0.05)) ** 2),
  )
  const sum = kernel.reduce((total, weight) => total + weight, 0)
  return kernel.map((weight) => weight / sum)
}

function blur(image: Float32Array, width: number, kernel: Float32Array): Float32Array {
  const height = image.length / width
  const across = convolve(image, width, height, 1, width, kernel)
  return convolve(across, height, width, width, 1, kernel)
}

/** Convolves `lines` lines of `length` values that lie `step` apart, the edge value going on. */
function convolve(
  image: Float32Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  kernel: Float32Array,
): Float32Array {
  const reach = kernel.length >> 1
  const result = new Float32Array(image.length)
  const padded = new Float32Array(length + 2 * reach)
  for (let line = 0; line < lines; line++) {
    const from = line * stride
    for (let i = 0; i < padded.length; i++) {
      const at = Math.min(Math.max(i - reach, 0), length - 1)
      padded[i] = image[from + at * step] as number
    }
    for (let i = 0; i < length; i++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (padded[i + k] as number)
      }
      result[from + i * step] = sum
    }
  }
  return result
}

function smear(image: Float32Array, width: number, length: number): Float32Array {
  const kernel = new Float32Array(2 * (length >> 1) + 1)
  kernel.fill(1 / kernel.length)
  return convolve(image, width, image.length / width, 1, width, kernel)
}
