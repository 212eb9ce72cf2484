import type { Timers } from '../protocol/timers.ts'
import type { Handler, Outlet } from './http-reply.ts'
import { systemTimers } from './timers.ts'

/** One state that everyone who looks is kept up to date with. */
export type StateStream<T> = {
  /** Makes this the state. Who is behind is sent the newest only. */
  publish(state: T): void
  /** Sends the state at once and then each change, as server-sent events. */
  readonly handler: Handler
  /** Ends all that are connected. */
  close(): void
}

/** 20 a second: more than an eye follows, less than a small machine minds. */
const INTERVAL_MS = 50
/** Less than the 30 s after which middleboxes drop a silent line. */
const HEARTBEAT_MS = 15_000
/** After this a page that lost its line comes back by itself. */
const RETRY_MS = 1000

/**
 * A stream of full snapshots: a page that loses one, or all, is whole again with the next. `T` is
 * sent as JSON.
 */
export function createStateStream<T>(initial: T, timers: Timers = systemTimers): StateStream<T> {
  const viewers = new Set<Viewer>()
  let event = ''
  let number = 0
  let isResting = false
  let isChanged = false
  let stopHeartbeat: (() => void) | undefined
  let state = initial

  function encode(): void {
    number++
    event = `id: ${number}\ndata: ${JSON.stringify(state)}\n\n`
  }

  function sendAll(): void {
    isChanged = false
    encode()
    for (const viewer of viewers) viewer.show(event)
    isResting = true
    timers.after(INTERVAL_MS, () => {
      isResting = false
      if (isChanged) sendAll()
    })
  }

  function beat(): void {
    for (const viewer of viewers) viewer.beat()
    stopHeartbeat = timers.after(HEARTBEAT_MS, beat)
  }

  function join(outlet: Outlet): void {
    if (outlet.closed.aborted) return
    const viewer = createViewer(outlet)
    viewers.add(viewer)
    outlet.closed.addEventListener('abort', () => {
      viewers.delete(viewer)
      if (viewers.size > 0) return
      stopHeartbeat?.()
      stopHeartbeat = undefined
    })
    outlet.write(`retry: ${RETRY_MS}\n\n`)
    if (event === '' || isChanged) encode()
    viewer.show(event)
    stopHeartbeat ??= timers.after(HEARTBEAT_MS, beat)
  }

  return {
    publish(next) {
      state = next
      isChanged = true
      if (!isResting) sendAll()
    },
    handler: () => ({ status: 200, type: 'text/event-stream', stream: join }),
    close() {
      for (const viewer of viewers) viewer.end()
    },
  }
}

type Viewer = { show(event: string): void; beat(): void; end(): void }

/** One line; while it is behind only the newest event waits for it. */
function createViewer(outlet: Outlet): Viewer {
  let isBehind = false
  let next: string | undefined
  function show(event: string): void {
    if (isBehind) {
      next = event
      return
    }
    isBehind = !outlet.write(event)
    if (!isBehind) return
    outlet.onDrain(() => {
      isBehind = false
      const waiting = next
      next = undefined
      if (waiting !== undefined) show(waiting)
    })
  }
  return {
    show,
    beat() {
      if (!isBehind) outlet.write(':\n\n')
    },
    end: () => outlet.end(),
  }
}
