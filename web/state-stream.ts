/** Whether the snapshots on screen are current. */
export type StreamLink = 'connecting' | 'open' | 'lost'

/** What a stream tells its page. */
export type StreamListener = {
  readonly onState: (state: unknown) => void
  readonly onLink: (link: StreamLink) => void
}

const RECONNECT_MS = 1000

/**
 * Follows the snapshots of `url` (server-sent events, one JSON value each) until `signal` aborts,
 * while somebody can see the page: a browser gives one address six connections for all its tabs
 * and frames, and a stream holds one of them for good.
 */
export function followState(url: string, listener: StreamListener, signal: AbortSignal): void {
  let source: EventSource | undefined
  let retry: number | undefined
  let isLost = false

  const tell = (link: StreamLink): void => {
    // While it is lost, trying again is nothing new.
    if (isLost && link === 'connecting') return
    isLost = link === 'lost'
    listener.onLink(link)
  }
  const open = (): void => {
    if (source !== undefined) return
    const opened = new EventSource(url)
    source = opened
    tell('connecting')
    opened.addEventListener('open', () => tell('open'))
    opened.addEventListener('message', ({ data }) => listener.onState(JSON.parse(String(data))))
    opened.addEventListener('error', () => {
      tell('lost')
      // A browser gives up where the answer is no stream, such as a proxy's 502 during a restart.
      if (opened.readyState !== EventSource.CLOSED || source !== opened) return
      close()
      retry = window.setTimeout(open, RECONNECT_MS)
    })
  }
  const close = (): void => {
    window.clearTimeout(retry)
    source?.close()
    source = undefined
  }
  watchSight((isSeen) => (isSeen ? open() : close()), signal)
  signal.addEventListener('abort', close)
}

/** Calls back with whether the page can be seen: its tab is in front, its frame is scrolled to. */
function watchSight(onChange: (isSeen: boolean) => void, signal: AbortSignal): void {
  const isAlone = window.parent === window
  // A frame is told where it is with its first picture.
  let isInView = isAlone
  const tell = (): void => onChange(isInView && document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', tell, { signal })
  tell()
  if (isAlone) return
  const observer = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting ?? true
    tell()
  })
  observer.observe(document.documentElement)
  signal.addEventListener('abort', () => observer.disconnect())
}
