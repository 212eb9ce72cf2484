/** Resolves when the process is asked to end, rejects when a station cannot go on. */
export function endOf(signal: AbortSignal): {
  wait: Promise<void>
  fail: (error: unknown) => void
} {
  let fail: (error: unknown) => void = () => {}
  const wait = new Promise<void>((resolveWait, reject) => {
    fail = reject
    if (signal.aborted) resolveWait()
    signal.addEventListener('abort', () => resolveWait(), { once: true })
  })
  wait.catch(() => undefined) // it may fail before anybody waits
  return { wait, fail }
}
