import { concat } from '../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import type { Timers } from '../protocol/timers.ts'
import type { BytePort } from './port.ts'
import { processTimers } from './timers.ts'

/** What a splitter made of a run of bytes: whole frames, bytes thrown away, and an unfinished tail. */
export type Scan<Frame> = {
  readonly frames: readonly Frame[]
  /** Bytes that belong to no frame. */
  readonly discarded: number
  readonly rest: Uint8Array
}

/** A pure, bounded splitter; `lineIdle` says that the line has been silent, so a tail is noise. */
export type Splitter<Frame> = (bytes: Uint8Array, lineIdle: boolean) => Scan<Frame>

/** The limits of one wait. */
export type WaitOptions = {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** What is awaited, for the error's text. */
  readonly what: string
}

/** A request, the answer to accept, and how often an idempotent request may be repeated. */
export type ExchangeOptions<Frame, Answer extends Frame> = WaitOptions & {
  readonly request: Uint8Array
  readonly accept: (frame: Frame) => frame is Answer
  /** Writes in all; more than 1 only for an idempotent request. Default 1. */
  readonly attempts?: number
}

/** Frames of one device over one port: listeners, waits with deadlines, and request with answer. */
export type FrameChannel<Frame> = {
  readonly name: string
  /** Bytes thrown away since the channel was opened. */
  readonly discardedBytes: number
  onFrame(listener: (frame: Frame) => void): () => void
  onClose: BytePort['onClose']
  send(bytes: Uint8Array): Promise<void>
  /**
   * The next frame that is accepted, from the moment of the call. Rejects with `device.timeout`,
   * with the port's own reason when it ends, or with the signal's reason.
   */
  wait<Answer extends Frame>(
    accept: (frame: Frame) => frame is Answer,
    options: WaitOptions,
  ): Promise<Answer>
  /** Writes and waits, armed before the write; `timeoutMs` holds for each attempt. */
  exchange<Answer extends Frame>(options: ExchangeOptions<Frame, Answer>): Promise<Answer>
  /** Stops listening; the port stays open. */
  detach(): void
}

/** Splits the port's bytes into frames; a line silent for `idleMs` gives its unfinished tail up. */
export function openChannel<Frame>(
  port: BytePort,
  split: Splitter<Frame>,
  options: { readonly idleMs: number; readonly timers?: Timers },
): FrameChannel<Frame> {
  const timers = options.timers ?? processTimers
  const listeners = new Set<(frame: Frame) => void>()
  let rest: Uint8Array = new Uint8Array(0)
  let discarded = 0
  let cancelIdle = (): void => {}

  const take = (bytes: Uint8Array, lineIdle: boolean): void => {
    const scan = split(rest.length === 0 ? bytes : concat(rest, bytes), lineIdle)
    rest = scan.rest
    discarded += scan.discarded
    for (const frame of scan.frames) for (const listener of [...listeners]) listener(frame)
  }
  const stopBytes = port.onBytes((bytes) => {
    cancelIdle()
    take(bytes, false)
    if (rest.length > 0)
      cancelIdle = timers.after(options.idleMs, () => take(new Uint8Array(0), true))
  })
  const stopClose = port.onClose(() => cancelIdle())
  const onFrame = (listener: (frame: Frame) => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  const wait = <Answer extends Frame>(
    accept: (frame: Frame) => frame is Answer,
    { timeoutMs, signal, what }: WaitOptions,
  ): Promise<Answer> =>
    new Promise<Answer>((resolve, reject) => {
      const stops: (() => void)[] = []
      const settle = (act: () => void): void => {
        for (const stop of stops) stop()
        act()
      }
      const abort = (): void => settle(() => reject(signal?.reason))
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      stops.push(
        () => signal?.removeEventListener('abort', abort),
        onFrame((frame) => {
          if (accept(frame)) settle(() => resolve(frame))
        }),
        port.onClose((reason) =>
          settle(() =>
            reject(reason ?? new PersonhoodError('call.port-closed', `${port.name} was closed`)),
          ),
        ),
        timers.after(timeoutMs, () => settle(() => reject(timeout(port.name, what, timeoutMs)))),
      )
    })

  const attempt = async <Answer extends Frame>(
    exchange: ExchangeOptions<Frame, Answer>,
  ): Promise<Answer> => {
    const given = new AbortController()
    const signal =
      exchange.signal === undefined
        ? given.signal
        : AbortSignal.any([exchange.signal, given.signal])
    try {
      const answer = wait(exchange.accept, { ...exchange, signal })
      const [frame] = await Promise.all([answer, port.write(exchange.request)])
      return frame
    } finally {
      // A write that rejected leaves its waiter behind: this ends it.
      given.abort()
    }
  }

  return {
    name: port.name,
    get discardedBytes() {
      return discarded
    },
    onFrame,
    onClose: port.onClose,
    send: port.write,
    wait,
    exchange: async (exchange) => {
      for (let left = exchange.attempts ?? 1; ; left--) {
        try {
          return await attempt(exchange)
        } catch (error) {
          if (left <= 1 || !hasCode(error, 'device.timeout')) throw error
        }
      }
    },
    detach: () => {
      stopBytes()
      stopClose()
      cancelIdle()
      listeners.clear()
    },
  }
}

function timeout(name: string, what: string, timeoutMs: number): PersonhoodError {
  return new PersonhoodError('device.timeout', `${name}: no ${what} within ${timeoutMs} ms`)
}
