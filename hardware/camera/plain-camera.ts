import { access } from 'node:fs/promises'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { OrbFrame } from '../orb/burst.ts'
import { type CaptureRequest, checkCapture, DEFAULT_FRAMES } from '../orb/orb.ts'
import { unplugged } from '../port.ts'
import { processTimers } from '../timers.ts'
import type { LightWish } from './controls.ts'
import type { CameraCapabilities, EyeCamera } from './eye-camera.ts'
import type { FormatWish, Size } from './formats.ts'
import {
  type AgreedVideo,
  agreeVideo,
  type CameraTools,
  DEBIAN_TOOLS,
  type VideoSource,
} from './video-source.ts'
import { startVideo, type VideoStream } from './video-stream.ts'

/** A plain near-infrared camera: frames of its own light, without a key. */
export type PlainCamera = EyeCamera & {
  readonly size: Size
  /** What was agreed with it, as one line for people. */
  readonly text: string
  /** The process that reads it now; nothing while nobody captures. */
  readonly pid: number | undefined
}

/** What a plain camera is opened with. */
export type PlainCameraOptions = {
  readonly source: VideoSource
  readonly wish?: FormatWish & LightWish
  readonly signal?: AbortSignal
  readonly timers?: Timers
  /** Milliseconds on a clock that never jumps: the frames' times. */
  readonly nowMs: () => number
  readonly tools?: CameraTools
}

/** It lights as it does, and nothing that it sends is signed. */
export const PLAIN_CAPABILITIES: CameraCapabilities = { lights: 0, signsFrames: false }

/** A stream that nobody has captured from for so long is ended: no camera runs beside the residents. */
export const REST_MS = 10_000

/**
 * Agrees with the camera on a format, and takes one frame to see that it sends any. Rejects with
 * `device.camera-tool`, `device.camera-format`, `device.camera-kind`, `device.camera-file`,
 * `device.missing`, `device.permission`, `device.busy`, `device.unplugged` or `device.timeout`.
 */
export async function openPlainCamera(options: PlainCameraOptions): Promise<PlainCamera> {
  const { source, wish = {}, signal, timers = processTimers, tools = DEBIAN_TOOLS } = options
  const video = await agreeVideo({ source, wish, tools, timers, signal })
  const camera = new RunningCamera(video, { timers, nowMs: options.nowMs, ffmpeg: tools.ffmpeg })
  try {
    await abortable(camera.start(), signal)
    return camera
  } catch (error) {
    await camera.close()
    throw error
  }
}

type Surroundings = {
  readonly timers: Timers
  readonly nowMs: () => number
  readonly ffmpeg: string
}

class RunningCamera implements PlainCamera {
  readonly capabilities: CameraCapabilities = PLAIN_CAPABILITIES
  readonly #video: AgreedVideo
  readonly #around: Surroundings
  readonly #listeners = new Set<(reason: PersonhoodError | undefined) => void>()
  readonly #startedMs: number
  #stream: VideoStream | undefined
  #capture: Capture | undefined
  #lost: PersonhoodError | undefined
  /** The last stream, once it is told to end: two at a time would find the camera busy. */
  #ending: Promise<void> = Promise.resolve()
  #cancelRest = (): void => {}
  #isClosed = false

  constructor(video: AgreedVideo, around: Surroundings) {
    this.#video = video
    this.#around = around
    this.#startedMs = around.nowMs()
  }

  get size(): Size {
    const { width, height } = this.#video
    return { width, height }
  }

  get text(): string {
    return this.#video.text
  }

  get pid(): number | undefined {
    return this.#stream?.pid
  }

  /** Starts the stream where it rests. */
  async start(): Promise<void> {
    this.#cancelRest()
    await this.#ending
    if (this.#isClosed) throw this.#closed()
    const { timers, ffmpeg } = this.#around
    this.#stream ??= startVideo({
      video: this.#video,
      ...{ timers, ffmpeg },
      onFrame: (pixels) => this.#take(pixels),
      onEnd: (reason) => this.#lose(reason),
    })
    await this.#stream.started
    this.#rest()
  }

  async capture(request: CaptureRequest): Promise<{ readonly frames: readonly OrbFrame[] }> {
    if (this.#capture !== undefined) {
      throw new PersonhoodError('call.camera-busy', `${this.#video.path}: a capture is under way`)
    }
    const capture = gather(request, this.#around.timers, this.#video.path)
    this.#capture = capture
    try {
      await Promise.race([this.start(), capture.frames])
      this.#cancelRest()
      return { frames: await capture.frames }
    } finally {
      capture.end()
      this.#capture = undefined
      this.#rest()
    }
  }

  async probe(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost
    const { path } = this.#video
    await access(path).catch((cause: unknown) => {
      throw unplugged(path, { cause })
    })
  }

  onClose(listener: (reason: PersonhoodError | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRest()
    this.#capture?.fail(this.#closed())
    this.#end()
    await this.#ending
    this.#tell(undefined)
  }

  #take(pixels: Uint8Array): void {
    const { width, height } = this.#video
    const headUs = Math.round(1000 * (this.#around.nowMs() - this.#startedMs))
    this.#capture?.take({ width, height, pixels }, headUs)
  }

  #lose(reason: PersonhoodError): void {
    this.#lost = reason
    this.#cancelRest()
    this.#capture?.fail(reason)
    this.#tell(reason)
  }

  #rest(): void {
    this.#cancelRest()
    if (this.#isClosed || this.#capture !== undefined) return
    this.#cancelRest = this.#around.timers.after(REST_MS, () => this.#end())
  }

  #end(): void {
    const stream = this.#stream
    this.#stream = undefined
    if (stream !== undefined) this.#ending = stream.close()
  }

  #tell(reason: PersonhoodError | undefined): void {
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener(reason)
  }

  #closed(): PersonhoodError {
    return new PersonhoodError('call.port-closed', `${this.#video.path} has been closed`)
  }
}

/** A capture under way. */
type Capture = {
  readonly frames: Promise<readonly OrbFrame[]>
  take(image: OrbFrame['image'], headUs: number): void
  fail(reason: unknown): void
  end(): void
}

function gather(request: CaptureRequest, timers: Timers, path: string): Capture {
  const { eye, signal, timeoutMs, maxFrames = DEFAULT_FRAMES, onFrame = () => 'keep' } = request
  const illumination = request.illumination ?? [0]
  checkCapture({ ...request, illumination, maxFrames }, PLAIN_CAPABILITIES.lights)
  signal?.throwIfAborted()
  const kept: OrbFrame[] = []
  let sequence = 0
  let isOver = false
  let finish = (): void => {}
  let fail = (_: unknown): void => {}
  const frames = new Promise<readonly OrbFrame[]>((resolve, reject) => {
    finish = () => {
      isOver = true
      resolve(kept)
    }
    fail = (reason) => {
      isOver = true
      reject(reason)
    }
  })
  // The capture may fail while the stream is still being started.
  frames.catch(() => undefined)
  const cancel = timers.after(timeoutMs, () => {
    if (sequence > 0) finish()
    else fail(new PersonhoodError('device.timeout', `${path}: no frame within ${timeoutMs} ms`))
  })
  const abort = (): void => fail(signal?.reason)
  signal?.addEventListener('abort', abort)
  return {
    frames,
    fail,
    take(image, headUs) {
      if (isOver) return
      const frame: OrbFrame = { sequence, headUs, eye, illumination: 0, image }
      sequence += 1
      try {
        const verdict = onFrame(frame)
        if (verdict !== 'drop') kept.push(frame)
        if (verdict === 'enough' || sequence >= maxFrames) finish()
      } catch (error) {
        fail(error)
      }
    },
    end() {
      isOver = true
      cancel()
      signal?.removeEventListener('abort', abort)
    },
  }
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
