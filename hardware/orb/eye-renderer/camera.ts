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
  const table = normals(random)
  const exposure = capture.gain * (LIGHT[capture.illumination & 0b11] ?? 1)
  const pixels = new Uint8Array(light.length)
  for (let run = 0; run < light.length; run += GRAIN) {
    const start = random.int(table.length) - run
    const end = Math.min(run + GRAIN, light.length)
    for (let i = run; i < end; i++) {
      const grey = exposure * (light[i] as number)
      // Read-out noise, and photon noise that grows with the root of the light.
      const noise = capture.noise * (0.55 + 0.04 * Math.sqrt(Math.max(0, grey)))
      const value = grey + noise * (table[(start + i) & NORMALS] as number)
      pixels[i] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5
    }
  }
  return { width, height: light.length / width, pixels }
}

/** Pixels of a run, and the table's length less one. */
const GRAIN = 512
const NORMALS = 8191

/** Light by illuminators lit (none, left, right, both): the head controls the exposure, so one is not half. */
const LIGHT = [0.06, 0.86, 0.86, 1] as const

/** Normal numbers in a table that is entered anew for each run: a draw a pixel is too slow. */
function normals(random: Random): Float32Array {
  return Float32Array.from({ length: NORMALS + 1 }, () => random.normal())
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
  return convolveColumns(convolveRows(image, width, kernel), width, kernel)
}

/** Each row with the kernel, the edge value going on. */
function convolveRows(image: Float32Array, width: number, kernel: Float32Array): Float32Array {
  const reach = kernel.length >> 1
  const result = new Float32Array(image.length)
  const padded = new Float32Array(width + 2 * reach)
  for (let from = 0; from < image.length; from += width) {
    padded.fill(image[from] as number, 0, reach)
    padded.set(image.subarray(from, from + width), reach)
    padded.fill(image[from + width - 1] as number, reach + width)
    for (let i = 0; i < width; i++) {
      let sum = 0
      for (let k = 0; k < kernel.length; k++) {
        sum += (kernel[k] as number) * (padded[i + k] as number)
      }
      result[from + i] = sum
    }
  }
  return result
}

/** Each column likewise, a whole row at a time: memory is read in its order. */
function convolveColumns(image: Float32Array, width: number, kernel: Float32Array): Float32Array {
  const height = image.length / width
  const reach = kernel.length >> 1
  const result = new Float32Array(image.length)
  const sums = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    sums.fill(0)
    for (let k = 0; k < kernel.length; k++) {
      const weight = kernel[k] as number
      const row = Math.min(Math.max(y + k - reach, 0), height - 1) * width
      for (let x = 0; x < width; x++) {
        sums[x] = (sums[x] as number) + weight * (image[row + x] as number)
      }
    }
    result.set(sums, y * width)
  }
  return result
}

function smear(image: Float32Array, width: number, length: number): Float32Array {
  const kernel = new Float32Array(2 * (length >> 1) + 1)
  kernel.fill(1 / kernel.length)
  return convolveRows(image, width, kernel)
}
