import { encodeIris } from '../biometrics/iris/encode.ts'
import { assessFrame } from '../biometrics/iris/frame.ts'
import { type IrisBackend, irisBackend, withIrisBackend } from '../biometrics/iris/kernel.ts'
import { blur, rasterOf } from '../biometrics/iris/raster.ts'
import { sampleConditions } from '../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../hardware/orb/eye-renderer/renderer.ts'
import type { GreyImage } from '../protocol/image.ts'

/*
 * Processor time from a rendered eye image to its template, and of the frames of a burst as a capture
 * takes them (a quick look, then encoding if it is usable), by both back-ends in turn, image by image:
 * `node dist/bench/iris.js [--json] [--eyes N] [--width 320|640|960|1280]`. Times are of the process,
 * not of the clock; other work on the machine still costs caches, so the ratio counts more than they.
 */

/** What one back-end takes, in milliseconds of processor time. */
type BackendTimes = {
  readonly encodeP50: number
  readonly encodeP95: number
  readonly assessP50: number
  /** A frame of a burst: its quick look, and its encoding where that finds it usable. */
  readonly frameP50: number
  readonly frameP95: number
  /** Frames of a burst that one core looks at in a second. */
  readonly framesPerSecond: number
}

type IrisBench = {
  readonly images: number
  readonly width: number
  readonly refused: number
  /** Absent where this machine or build has TypeScript only. */
  readonly simd?: BackendTimes
  readonly typescript: BackendTimes
  /** Times of TypeScript over those of WebAssembly, medians. */
  readonly ratio?: { readonly encode: number; readonly assess: number; readonly frame: number }
  /** A blur of deviation 2 pixels in TypeScript, as a measure of the machine. */
  readonly plainBlurP50: number
}

type Width = 320 | 640 | 960 | 1280

const WARM_UP = 30

function runIrisBench(count: number, width: Width): IrisBench {
  const images = renderEyes(count, width)
  const backends: readonly IrisBackend[] =
    irisBackend() === 'simd' ? ['simd', 'typescript'] : ['typescript']
  for (let i = 0; i < WARM_UP; i++) {
    for (const backend of backends) withIrisBackend(backend, () => takeFrame(imageAt(images, i)))
  }
  const refused = images.filter((image) => encodeIris(image).outcome === 'refused').length
  const encode = timesOf(images, backends, (image) => encodeIris(image))
  const assess = timesOf(images, backends, (image) => assessFrame(image))
  const frame = timesOf(images, backends, takeFrame)
  const blurs = timesOf(images, ['typescript'], (image) => blur(rasterOf(image), 2))
  const timesBy = (backend: IrisBackend): BackendTimes => {
    const frames = frame[backend]
    return {
      encodeP50: quantile(encode[backend], 0.5),
      encodeP95: quantile(encode[backend], 0.95),
      assessP50: quantile(assess[backend], 0.5),
      frameP50: quantile(frames, 0.5),
      frameP95: quantile(frames, 0.95),
      framesPerSecond: Math.floor((1000 * frames.length) / frames.reduce((a, b) => a + b, 0)),
    }
  }
  const typescript = timesBy('typescript')
  const simd = backends.includes('simd') ? timesBy('simd') : undefined
  return {
    images: images.length,
    width,
    refused,
    ...(simd && {
      simd,
      ratio: {
        encode: rounded(typescript.encodeP50 / simd.encodeP50),
        assess: rounded(typescript.assessP50 / simd.assessP50),
        frame: rounded(typescript.frameP50 / simd.frameP50),
      },
    }),
    typescript,
    plainBlurP50: quantile(blurs.typescript, 0.5),
  }
}

/** What a capture does with a frame (firmware/enrolment/iris-eye-reader.ts). */
function takeFrame(image: GreyImage): void {
  if (assessFrame(image).outcome === 'usable') encodeIris(image)
}

function imageAt(images: readonly GreyImage[], i: number): GreyImage {
  return images[i % images.length] as GreyImage
}

/** Frames as a mixture of good and bad ones, of ten persons in turn. */
function renderEyes(count: number, width: Width): GreyImage[] {
  const renderer = createEyeRenderer(10)
  return Array.from({ length: count }, (_, i) =>
    renderer.render({ person: i % 10, eye: 'left', capture: sampleConditions(i), width }),
  )
}

function timesOf(
  images: readonly GreyImage[],
  backends: readonly IrisBackend[],
  work: (image: GreyImage) => unknown,
): { readonly [B in IrisBackend]: readonly number[] } {
  const times: { readonly [B in IrisBackend]: number[] } = { simd: [], typescript: [] }
  for (const image of images) {
    for (const backend of backends) {
      const start = process.cpuUsage()
      withIrisBackend(backend, () => work(image))
      const { user, system } = process.cpuUsage(start)
      times[backend].push((user + system) / 1000)
    }
  }
  return times
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10
}

/** Lines of a report, figures of a group indented under its name. */
function linesOf(figures: object, indent = ''): string[] {
  return Object.entries(figures).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? [`${indent}${name}`, ...linesOf(value, `${indent}  `)]
      : [`${indent}${name}`.padEnd(20) + String(value)],
  )
}

function numberAfter(args: readonly string[], name: string, usual: number): number {
  const at = args.indexOf(name)
  return at < 0 ? usual : Number(args[at + 1])
}

function widthOf(value: number): Width | undefined {
  return ([320, 640, 960, 1280] as const).find((width) => width === value)
}

const args = process.argv.slice(2)
const count = numberAfter(args, '--eyes', 100)
const width = widthOf(numberAfter(args, '--width', 320))
if (!Number.isInteger(count) || count < 1 || width === undefined) {
  process.stderr.write(
    'usage: node dist/bench/iris.js [--json] [--eyes N] [--width 320|640|960|1280]\n',
  )
  process.exitCode = 2
} else {
  const figures = runIrisBench(count, width)
  const text = args.includes('--json') ? JSON.stringify(figures) : linesOf(figures).join('\n')
  process.stdout.write(`${text}\n`)
}
