import { encodeIris } from '../biometrics/iris/encode.ts'
import { assessFrame } from '../biometrics/iris/frame.ts'
import { blur, rasterOf } from '../biometrics/iris/raster.ts'
import {
  type CaptureConditions,
  sampleConditions,
} from '../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../hardware/orb/eye-renderer/renderer.ts'
import type { GreyImage } from '../protocol/image.ts'

/*
 * Processor time from a rendered 320x240 eye image to its template: `node dist/bench/iris.js
 * [--json] [--eyes N]`. Times are of the process, not of the clock, so that other work on the machine
 * counts little; the ratio against one plain Gaussian blur of the same image counts least of all.
 */

/** What one run measured; times in milliseconds of processor time an image. */
type IrisBench = {
  readonly images: number
  readonly refused: number
  readonly encodeP50: number
  readonly encodeP95: number
  readonly assessP50: number
  /** A blur of deviation 2 pixels of 320x240, as a measure of the machine. */
  readonly blurP50: number
  readonly encodeOverBlur: number
}

const WARM_UP = 20

function runIrisBench(count: number): IrisBench {
  const images = renderEyes(count)
  for (const image of images.slice(0, WARM_UP)) {
    encodeIris(image)
    assessFrame(image)
  }
  let refused = 0
  const encode = times(images, (image) => {
    if (encodeIris(image).outcome === 'refused') refused++
  })
  const assess = times(images, (image) => assessFrame(image))
  const rasters = images.map(rasterOf)
  const plain = times(rasters, (raster) => blur(raster, 2))
  return {
    images: images.length,
    refused,
    encodeP50: quantile(encode, 0.5),
    encodeP95: quantile(encode, 0.95),
    assessP50: quantile(assess, 0.5),
    blurP50: quantile(plain, 0.5),
    encodeOverBlur: rounded(quantile(encode, 0.5) / quantile(plain, 0.5)),
  }
}

function renderEyes(count: number): GreyImage[] {
  const renderer = createEyeRenderer(1)
  return Array.from({ length: count }, (_, person) => {
    const capture: CaptureConditions = sampleConditions(person)
    return renderer.render({ person, eye: 'left', capture })
  })
}

function times<T>(inputs: readonly T[], work: (input: T) => unknown): number[] {
  return inputs.map((input) => {
    const start = process.cpuUsage()
    work(input)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10
}

const args = process.argv.slice(2)
const at = args.indexOf('--eyes')
const count = at < 0 ? 100 : Number(args[at + 1])
if (!Number.isInteger(count) || count < 1) {
  process.stderr.write('usage: node dist/bench/iris.js [--json] [--eyes N]\n')
  process.exitCode = 2
} else {
  const figures = runIrisBench(count)
  const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(16)}${value}`)
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(figures) : lines.join('\n')}\n`)
}
