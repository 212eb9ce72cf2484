import { setMaxListeners } from 'node:events'

/** What ends a wait before its promise does. */
export type WaitLimits = {
  readonly signals: readonly (AbortSignal | undefined)[]
  readonly timeoutMs: number
  /** Makes the reason; `cause` is the signal's, or undefined when the time was up. */
  readonly fault: (cause: unknown) => Error
}

/**
 * The promise's outcome, or the fault once a signal fires or the time is up, whichever is first.
 * Not AbortSignal.any: on Node 20 that holds on to every wait for as long as a signal lives.
 */
export function until<T>(promise: Promise<T>, limits: WaitLimits): Promise<T> {
  const { signals, timeoutMs, fault } = limits
  return new Promise((resolve, reject) => {
    const aborted = signals.find((signal) => signal?.aborted)
    const onAbort = (event: Event) => end(() => reject(fault((event.target as AbortSignal).reason)))
    const timer = setTimeout(() => end(() => reject(fault(undefined))), timeoutMs)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      for (const signal of signals) signal?.removeEventListener('abort', onAbort)
      settle()
    }
    for (const signal of signals) {
      if (signal === undefined) continue
      setMaxListeners(0, signal) // many may wait on one signal; that is no leak
      signal.addEventListener('abort', onAbort)
    }
    promise.then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    )
    if (aborted) end(() => reject(fault(aborted.reason)))
  })
}
