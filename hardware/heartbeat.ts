import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import type { Timers } from '../protocol/timers.ts'

/** What tells a living device from one that only looks open. */
export type HeartbeatOptions = {
  /** As the operator calls it. */
  readonly name: string
  /** Asks the device anything cheap; rejects where it does not answer. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>
  /** Called once when the device has been silent for `MAX_MISSES` probes, or has ended. */
  readonly onSilence: (reason: PersonhoodError) => void
  readonly timers: Timers
}

/** Between an answer and the next probe, in ms. */
export const BEAT_MS = 300
/** For one answer, in ms; with two misses a silent device is noticed within 900 ms. */
export const ANSWER_MS = 300
/** Probes without an answer that make a device lost: one may be a frame spoiled on the line. */
export const MAX_MISSES = 2

/** A running heartbeat. */
export type Heartbeat = {
  /** No probe from now until the returned function is called: the device is at work. */
  pause(): () => void
  stop(): void
}

/**
 * Probes a device that nobody uses, because a pulled cable or a hung device does not reliably close
 * its port. Errors of the driver other than `device.*` count as misses too.
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { name, probe, timers } = options
  let pauses = 0
  let misses = 0
  let isStopped = false
  let cancel = (): void => {}
  let running = new AbortController()

  const stop = (): void => {
    isStopped = true
    cancel()
    running.abort()
  }
  const lose = (reason: PersonhoodError): void => {
    stop()
    options.onSilence(reason)
  }
  const schedule = (ms: number): void => {
    cancel()
    if (!isStopped && pauses === 0) cancel = timers.after(ms, () => void beat())
  }
  const beat = async (): Promise<void> => {
    const ours = new AbortController()
    running = ours
    // An answer that came while this process was busy is heard before time is called.
    let over = timers.after(ANSWER_MS, () => {
      over = timers.after(0, () => ours.abort())
    })
    const outcome = await Promise.race([answered(probe, ours.signal), aborted(ours.signal)])
    over()
    if (isStopped || running !== ours || pauses > 0) return
    if (outcome === 'answered') {
      misses = 0
      return schedule(BEAT_MS)
    }
    if (hasCode(outcome, 'device.unplugged')) return lose(outcome)
    misses += 1
    if (misses >= MAX_MISSES) return lose(silence(name))
    schedule(0)
  }
  schedule(BEAT_MS)
  return {
    pause: () => {
      pauses += 1
      cancel()
      running.abort()
      // What the probe under way still comes to is nobody's any more.
      running = new AbortController()
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        pauses -= 1
        misses = 0
        schedule(BEAT_MS)
      }
    },
    stop,
  }
}

async function answered(
  probe: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    await probe(signal)
    return 'answered'
  } catch (error) {
    return error
  }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('missed'), { once: true })
  })
}

function silence(name: string): PersonhoodError {
  return new PersonhoodError(
    'device.silent',
    `the ${name} is connected but says nothing; pull its cable and plug it in again`,
  )
}
