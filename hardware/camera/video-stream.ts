import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { startChild, toolError } from './child.ts'
import { createNewestFrame } from './newest-frame.ts'
import type { AgreedVideo } from './video-source.ts'

/** A running stream of grey frames. */
export type VideoStream = {
  /** Resolves with the first frame's arrival, or rejects with why none came. */
  readonly started: Promise<void>
  /** Of the process that reads the camera. */
  readonly pid: number | undefined
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>
}

/** What a stream is started with. */
export type VideoStreamOptions = {
  readonly video: AgreedVideo
  /** The program, such as `ffmpeg`. */
  readonly ffmpeg: string
  readonly timers: Timers
  readonly onFrame: (pixels: Uint8Array) => void
  /** Called once where the stream ends by itself or stalls; not after `close`. */
  readonly onEnd: (reason: PersonhoodError) => void
}

/** For the first frame: a camera may first set its exposure. */
export const START_TIMEOUT_MS = 5000
/** Between two frames. */
export const FRAME_TIMEOUT_MS = 2000

/** Starts ffmpeg on the source; whole frames come as 8-bit grey, the newest first where some wait. */
export function startVideo(options: VideoStreamOptions): VideoStream {
  const { video, ffmpeg, timers, onFrame, onEnd } = options
  const child = startChild(ffmpeg, argumentsFor(video), timers)
  let isOver = false
  let cancelDeadline = (): void => {}
  let begin = (): void => {}
  let fail = (_: PersonhoodError): void => {}
  const started = new Promise<void>((resolve, reject) => {
    begin = resolve
    fail = reject
  })
  // Whoever closes the stream early does not wait for its start.
  started.catch(() => undefined)

  const lose = (reason: PersonhoodError): void => {
    if (isOver) return
    isOver = true
    cancelDeadline()
    frames.end()
    fail(reason)
    onEnd(reason)
  }
  const expect = (timeoutMs: number): void => {
    cancelDeadline()
    cancelDeadline = timers.after(timeoutMs, () => {
      void child.end()
      lose(new PersonhoodError('device.timeout', `${video.path}: no frame within ${timeoutMs} ms`))
    })
  }
  const frames = createNewestFrame({
    lengthBytes: video.width * video.height,
    holdMs: 500 / video.fps,
    timers,
    onArrival: () => {
      if (isOver) return
      expect(FRAME_TIMEOUT_MS)
      begin()
    },
    onFrame: (pixels) => {
      if (!isOver) onFrame(pixels)
    },
  })
  expect(START_TIMEOUT_MS)
  child.onOutput((bytes) => {
    if (!isOver) frames.push(bytes)
  })
  const ended = child.ended.then(async ({ words, failure }) => {
    if (isOver) return
    lose(failure === undefined ? await video.fault(words) : toolError(ffmpeg, failure))
  })
  return {
    started,
    pid: child.pid,
    async close() {
      if (!isOver) {
        isOver = true
        cancelDeadline()
        frames.end()
        fail(new PersonhoodError('call.port-closed', `${video.path} was closed`))
      }
      await child.end()
      await ended
    },
  }
}

function argumentsFor({ input }: AgreedVideo): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-fflags', 'nobuffer', ...input],
    // Each frame as it came, none doubled or left out to keep a pace.
    ...['-an', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'],
  ]
}
