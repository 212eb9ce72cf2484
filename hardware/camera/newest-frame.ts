import type { Timers } from '../../protocol/timers.ts'

/** Cuts a stream of bytes into frames of one length and hands on the newest. */
export type NewestFrame = {
  /** Takes the next bytes of the stream. */
  push(bytes: Uint8Array): void
  /** Frames that were overtaken before anybody saw them. */
  readonly overtaken: number
  end(): void
}

/** How frames are cut and handed on. */
export type NewestFrameOptions = {
  readonly lengthBytes: number
  /** So long a frame waits for one that overtakes it: half of what lies between two, ms. */
  readonly holdMs: number
  readonly timers: Timers
  /** Called with each whole frame as it came, overtaken or not. */
  readonly onArrival?: () => void
  /** The pixels are the listener's own. */
  readonly onFrame: (pixels: Uint8Array) => void
}

/** Overtaking ends after so many holds: a stream without any pause is still seen. */
const MOST_HOLDS = 4

/**
 * While this process is busy, frames wait in the pipe and in the driver; then they come all at once.
 * Such a run is old but for its last, which alone is handed on. At any time one frame is being
 * filled and one waits.
 */
export function createNewestFrame(options: NewestFrameOptions): NewestFrame {
  const { lengthBytes, holdMs, timers, onFrame, onArrival } = options
  let filling = new Uint8Array(lengthBytes)
  let filled = 0
  let waiting: Uint8Array | undefined
  let overtaken = 0
  let holds = 0
  let cancel = (): void => {}

  const handOn = (): void => {
    const pixels = waiting
    waiting = undefined
    holds = 0
    if (pixels !== undefined) onFrame(pixels)
  }
  const arrive = (pixels: Uint8Array): void => {
    onArrival?.()
    if (waiting !== undefined) overtaken += 1
    waiting = pixels
    holds += 1
    if (holds > MOST_HOLDS) return
    cancel()
    cancel = timers.after(holdMs, handOn)
  }
  return {
    get overtaken() {
      return overtaken
    },
    push(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const part = bytes.subarray(at, at + lengthBytes - filled)
        filling.set(part, filled)
        filled += part.length
        at += part.length
        if (filled < lengthBytes) continue
        const whole = filling
        filling = new Uint8Array(lengthBytes)
        filled = 0
        arrive(whole)
      }
    },
    end() {
      cancel()
      waiting = undefined
      filled = 0
    },
  }
}
