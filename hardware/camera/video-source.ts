import type { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { cameraError, fileError } from './camera-error.ts'
import { askTool } from './child.ts'
import { type LightWish, parseControls, planSettings } from './controls.ts'
import {
  chooseFormat,
  type FormatWish,
  formatText,
  type PixelFormat,
  parseOffers,
  type Size,
} from './formats.ts'

/** Where frames come from: a video node, or a film that is played round and round at its own pace. */
export type VideoSource =
  | { readonly kind: 'device'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }

/** The programs that are run; by their names where the system finds them. */
export type CameraTools = {
  readonly ffmpeg: string
  readonly ffprobe: string
  readonly v4l2Ctl: string
}

/** As Debian installs them. */
export const DEBIAN_TOOLS: CameraTools = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffprobe',
  v4l2Ctl: 'v4l2-ctl',
}

/** What was agreed with a camera: what ffmpeg is told, and what people are told. */
export type AgreedVideo = Size & {
  readonly path: string
  /** Arguments that open the source, up to and with `-i`. */
  readonly input: readonly string[]
  /** Frames a second, as announced. */
  readonly fps: number
  /** One line of what was chosen and set. */
  readonly text: string
  /** What the end of a stream from there means. */
  readonly fault: (words: string) => Promise<PersonhoodError>
}

/** What it takes to agree with a source. */
export type AgreeOptions = {
  readonly source: VideoSource
  readonly wish: FormatWish & LightWish
  readonly tools: CameraTools
  readonly timers: Timers
  readonly signal: AbortSignal | undefined
}

const ASK_TIMEOUT_MS = 3000
/** Where a driver does not tell its rate. */
const USUAL_FPS = 30
const MAX_FPS = 240

/** Asks the source what it has, chooses, and sets exposure and gain where wished and offered. */
export function agreeVideo(options: AgreeOptions): Promise<AgreedVideo> {
  return options.source.kind === 'file' ? agreeFile(options) : agreeDevice(options)
}

/** ffmpeg's names of what V4L2 calls by four characters. */
const FFMPEG_NAMES: { readonly [K in PixelFormat]: string } = {
  GREY: 'gray',
  YUYV: 'yuyv422',
  Y16: 'gray16le',
  MJPG: 'mjpeg',
}

async function agreeDevice(options: AgreeOptions): Promise<AgreedVideo> {
  const { path } = options.source
  const { wish, tools, timers, signal } = options
  const fault = (words: string) => cameraError(path, words)
  const ask = (...args: readonly string[]): Promise<string> =>
    askTool({
      tool: tools.v4l2Ctl,
      args: ['-d', path, ...args],
      timeoutMs: ASK_TIMEOUT_MS,
      ...{ timers, signal, fault },
    })
  const format = chooseFormat(parseOffers(await ask('--list-formats-ext')), wish)
  const controls = parseControls(await ask('--list-ctrls'))
  const { settings, absent } = planSettings(controls, wish)
  for (const { name, value } of settings) await ask('--set-ctrl', `${name}=${value}`)
  const { width, height, fps } = format
  const said = [
    formatText(format),
    ...settings.map(({ name, value }) => `${name} ${value}`),
    ...absent.map((what) => `${what} is not offered`),
  ]
  return {
    ...{ path, width, height, fault },
    fps: fps ?? USUAL_FPS,
    input: [
      ...['-f', 'v4l2', '-input_format', FFMPEG_NAMES[format.pixels]],
      ...['-video_size', `${width}x${height}`],
      ...(fps === undefined ? [] : ['-framerate', String(fps)]),
      ...['-i', path],
    ],
    text: said.join(', '),
  }
}

async function agreeFile(options: AgreeOptions): Promise<AgreedVideo> {
  const { path } = options.source
  const { tools, timers, signal } = options
  const fault = (words: string) => Promise.resolve(fileError(path, words))
  const answer = await askTool({
    tool: tools.ffprobe,
    args: [
      ...['-loglevel', 'error', '-select_streams', 'v:0'],
      ...['-show_entries', 'stream=width,height,r_frame_rate', '-of', 'json', `file:${path}`],
    ],
    timeoutMs: ASK_TIMEOUT_MS,
    ...{ timers, signal, fault },
  })
  const film = parseProbe(answer)
  if (film === undefined) throw fileError(path, '')
  return {
    ...{ path, fault },
    ...film,
    input: ['-re', '-stream_loop', '-1', '-i', `file:${path}`],
    text: `a film of ${film.width}x${film.height} at ${Math.round(100 * film.fps) / 100} frames/s`,
  }
}

/** Sides of a film's frames. */
const LEAST_SIDE = 16
const MOST_SIDE = 2048

/** Size and rate of the first picture stream in what `ffprobe -of json` prints. */
export function parseProbe(answer: string): (Size & { readonly fps: number }) | undefined {
  const { width, height, r_frame_rate: rate } = firstStream(answer)
  const isSide = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side >= LEAST_SIDE && side <= MOST_SIDE
  if (!isSide(width) || !isSide(height) || typeof rate !== 'string') return undefined
  const [, above, below] = /^(\d{1,9})\/(\d{1,9})$/.exec(rate) ?? []
  const fps = Number(above) / Number(below)
  if (!(fps > 0) || fps > MAX_FPS) return undefined
  return { width, height, fps }
}

function firstStream(answer: string): Readonly<Record<string, unknown>> {
  try {
    const { streams } = JSON.parse(answer) as { readonly streams?: unknown }
    const [first] = Array.isArray(streams) ? streams : []
    return typeof first === 'object' && first !== null ? first : {}
  } catch {
    return {}
  }
}
