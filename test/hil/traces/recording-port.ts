import type { BytePort } from '../../../hardware/port.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { MAX_EVENT_BYTES, type TraceEvent } from './trace.ts'

/** Most bytes that one take keeps, both ways. */
export const MAX_TAKE_BYTES: number = 4 * 1024 * 1024

/** What a port carried so far. */
export type Recording = {
  readonly port: BytePort
  /** Throws `call.trace-too-long` where more came than a take keeps. */
  readonly events: readonly TraceEvent[]
}

/** The same port, its bytes noted both ways as they are handed over; `nowMs` counts from its opening. */
export function recordPort(inner: BytePort, nowMs: () => number): Recording {
  const events: TraceEvent[] = []
  let left = MAX_TAKE_BYTES
  const note = (to: 'device' | 'host', bytes: Uint8Array): void => {
    left -= bytes.length
    if (left < 0) return
    const ms = nowMs()
    for (let start = 0; start < bytes.length; start += MAX_EVENT_BYTES) {
      events.push({ ms, to, bytes: bytes.slice(start, start + MAX_EVENT_BYTES) })
    }
  }
  // Before the driver listens, so that what it is told is noted before what it answers.
  inner.onBytes((bytes) => note('host', bytes))
  inner.onClose((reason) => {
    if (reason !== undefined) events.push({ ms: nowMs(), to: 'nobody' })
  })
  return {
    port: {
      name: inner.name,
      onBytes: inner.onBytes,
      onClose: inner.onClose,
      close: inner.close,
      write: (bytes) => {
        note('device', bytes)
        return inner.write(bytes)
      },
    },
    get events() {
      if (left >= 0) return events
      throw new PersonhoodError('call.trace-too-long', `over ${MAX_TAKE_BYTES} bytes in one scene`)
    },
  }
}
