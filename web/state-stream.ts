/** Whether the snapshots on screen are current. */
export type StreamLink = 'connecting' | 'open' | 'lost'

/** What a stream tells its page. */
export type StreamListener = {
  readonly onState: (state: unknown) => void
  readonly onLink: (link: StreamLink) => void
}

const RECONNECT_MS = 1000

/**
 * Follows the snapshots of `url` (server-sent events, one JSON value each) until `signal` aborts.
 * A browser gives up for good where the answer is not a stream, such as a proxy's 502 while the
 * firmware restarts; this opens a new one until it is there again.
 */
export function followState(url: string, listener: StreamListener, signal: AbortSignal): void {
  if (signal.aborted) return
  listener.onLink('connecting')
  const source = new EventSource(url)
  let retry: number | undefined
  source.addEventListener('open', () => listener.onLink('open'))
  source.addEventListener('message', ({ data }) => listener.onState(JSON.parse(String(data))))
  source.addEventListener('error', () => {
    listener.onLink('lost')
    if (source.readyState !== EventSource.CLOSED) return
    retry = window.setTimeout(() => reopen(url, listener, signal), RECONNECT_MS)
  })
  signal.addEventListener('abort', () => {
    source.close()
    window.clearTimeout(retry)
  })
}

/** Says nothing of connecting: the page has said *lost* and goes on saying it until it is open. */
function reopen(url: string, listener: StreamListener, signal: AbortSignal): void {
  const onLink = (link: StreamLink): void => {
    if (link !== 'connecting') listener.onLink(link)
  }
  followState(url, { onState: listener.onState, onLink }, signal)
}
