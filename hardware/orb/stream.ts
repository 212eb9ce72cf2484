import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { FrameChannel } from '../exchange.ts'
import { type Assembly, addChunk } from './assembly.ts'
import { type Bodies, LINK_FAULTS } from './bodies.ts'
import type { OrbFrame } from './burst.ts'
import { ORB_LINK_VERSION } from './link.ts'
import type { OrbMessage } from './messages.ts'

/** Orb link §5: a head that says nothing for this long, not even a heartbeat, is wedged. */
export const SILENCE_MS = 2000

/** The latest that is known of a head's clock, from its greeting on; each capture goes on with it. */
export type HeadClock = { latestMs: number }

/** A heartbeat may have been written before the frame that it follows. */
const CLOCK_SLACK_MS = 100

/** The frames of one capture while they come. */
export type FrameStream = {
  /** Settles with the kept frames; rejects on a fault, a wedged or vanished head, or an abort. */
  readonly frames: Promise<readonly OrbFrame[]>
  /** Stops listening. */
  end(): void
}

/** Gathers the frames tagged `tag` until enough, the last one, or the time is up. */
export function streamFrames(
  channel: FrameChannel<OrbMessage>,
  timers: Timers,
  request: {
    readonly tag: number
    readonly clock: HeadClock
    readonly timeoutMs: number
    readonly maxFrames: number
    readonly signal?: AbortSignal
    readonly onFrame?: (frame: OrbFrame) => 'keep' | 'drop' | 'enough'
  },
): FrameStream {
  const { tag, clock, signal, onFrame = () => 'keep' } = request
  const kept: OrbFrame[] = []
  const { promise, resolve, reject } = settleable<readonly OrbFrame[]>()
  const stops: (() => void)[] = []
  let assembly: Assembly | undefined
  let cancelSilence = (): void => {}

  const end = (): void => {
    for (const stop of stops.splice(0)) stop()
    cancelSilence()
  }
  const finish = (): void => {
    end()
    resolve(kept)
  }
  const give = (reason: unknown): void => {
    end()
    reject(reason)
  }
  const takeFrame = (frame: OrbFrame): void => {
    let verdict: 'keep' | 'drop' | 'enough'
    try {
      verdict = onFrame(frame)
    } catch (error) {
      give(error)
      return
    }
    if (verdict !== 'drop') kept.push(frame)
    if (verdict === 'enough' || frame.sequence + 1 >= request.maxFrames) finish()
  }
  const takeChunk = (chunk: Bodies['chunk']): void => {
    clock.latestMs = Math.max(clock.latestMs, chunk.headUs / 1000)
    const added = addChunk(assembly, chunk)
    assembly = added.assembly
    if (added.frame !== undefined) takeFrame(added.frame)
  }
  const take = (message: OrbMessage): void => {
    watchSilence()
    if (message.name === 'heartbeat') beat(message.body.uptimeMs)
    if (message.tag !== tag) return
    if (message.name === 'chunk') takeChunk(message.body)
    // Unasked, the signature says that the head has sent its last frame.
    else if (message.name === 'signature') finish()
    else if (message.name === 'error') give(headFault(channel.name, message.body))
  }
  /** A clock that goes back began anew: what was captured before is gone from the head. */
  const beat = (uptimeMs: number): void => {
    if (uptimeMs + CLOCK_SLACK_MS < clock.latestMs) give(headRestarted(channel.name))
    clock.latestMs = uptimeMs
  }
  const watchSilence = (): void => {
    cancelSilence()
    cancelSilence = timers.after(SILENCE_MS, () =>
      give(
        new PersonhoodError('device.timeout', `${channel.name}: head silent for ${SILENCE_MS} ms`),
      ),
    )
  }
  const timeUp = (): void => {
    const text = `${channel.name}: no frame within ${request.timeoutMs} ms`
    if (assembly === undefined) give(new PersonhoodError('device.timeout', text))
    else finish()
  }
  const abort = (): void => give(signal?.reason)

  signal?.addEventListener('abort', abort)
  watchSilence()
  stops.push(
    () => signal?.removeEventListener('abort', abort),
    channel.onFrame(take),
    channel.onClose((reason) =>
      give(reason ?? new PersonhoodError('call.port-closed', `${channel.name} was closed`)),
    ),
    timers.after(request.timeoutMs, timeUp),
  )
  if (signal?.aborted) abort()
  return { frames: promise, end }
}

/** A head whose boot is not the one that was greeted. */
export function headRestarted(name: string): PersonhoodError {
  return new PersonhoodError('device.orb-restarted', `${name}: the head has started anew`)
}

/** The head's own complaint as an error. */
export function headFault(name: string, { code, text, version }: Bodies['error']): PersonhoodError {
  if (code === LINK_FAULTS.version) {
    const spoken = version === undefined ? 'another version' : `version ${version}`
    return new PersonhoodError(
      'device.orb-version',
      `${name}: the head speaks ${spoken} of the orb link, this kiosk ${ORB_LINK_VERSION}: update the older one`,
    )
  }
  return new PersonhoodError('device.orb-fault', `${name}: head reports fault ${code}: ${text}`)
}

function settleable<Value>(): {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (reason: unknown) => void
} {
  let resolve: (value: Value) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Whoever started the stream may be waiting for something else first.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
