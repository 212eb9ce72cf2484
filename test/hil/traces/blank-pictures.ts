import type { Scan } from '../../../hardware/exchange.ts'
import { encodeFrame, Kind, scanFinger } from '../../../hardware/finger/frame.ts'
import { LINE_IDLE_MS, type LinkFrame, scan } from '../../../hardware/orb/link.ts'
import { decodeMessage, encodeMessage } from '../../../hardware/orb/messages.ts'
import { concat } from '../../../protocol/bytes.ts'
import type { Role } from '../scenario.ts'
import { MAX_EVENT_BYTES, type TraceEvent } from './trace.ts'

/** An even grey, without zeros, which the orb link would have to stuff. */
const GREY = 0x80

/**
 * What may be kept of a device's line: of a camera head and a finger sensor, frames that are known to
 * hold no picture, and those that hold one with its pixels grey. Whatever else came is left out,
 * since half a frame of a picture is a picture too. A frame stands where its last byte came.
 */
export function blankPictures(role: Role, events: readonly TraceEvent[]): readonly TraceEvent[] {
  if (role === 'orb') return sieve(events, scan, blankOrbFrame)
  if (role === 'finger') {
    return sieve(events, scanFinger, ({ kind, address, payload }) => {
      const isPicture = kind === Kind.data || kind === Kind.end
      return encodeFrame({ kind, address, payload: isPicture ? grey(payload) : payload })
    })
  }
  return events
}

function blankOrbFrame(frame: LinkFrame): Uint8Array | undefined {
  const message = decodeMessage(frame)
  if (message?.name !== 'chunk') return message && encodeMessage(message)
  const { name, tag, body } = message
  return encodeMessage({ name, tag, body: { ...body, pixels: grey(body.pixels) } })
}

function sieve<Frame>(
  events: readonly TraceEvent[],
  split: (bytes: Uint8Array, lineIdle: boolean) => Scan<Frame>,
  blank: (frame: Frame) => Uint8Array | undefined,
): readonly TraceEvent[] {
  const kept: TraceEvent[] = []
  let rest: Uint8Array = new Uint8Array(0)
  let lastMs = 0
  for (const event of events) {
    if (event.to !== 'host') {
      kept.push(event)
      continue
    }
    const { ms, bytes } = event
    if (ms - lastMs > LINE_IDLE_MS) rest = split(rest, true).rest
    lastMs = ms
    const found = split(concat(rest, bytes), false)
    rest = found.rest
    for (const frame of found.frames) {
      for (const part of partsOf(blank(frame) ?? new Uint8Array(0))) {
        kept.push({ ms, to: 'host', bytes: part })
      }
    }
  }
  return kept
}

function grey(pixels: Uint8Array): Uint8Array {
  return new Uint8Array(pixels.length).fill(GREY)
}

function partsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const count = Math.ceil(bytes.length / MAX_EVENT_BYTES)
  return Array.from({ length: count }, (_, i) =>
    bytes.slice(i * MAX_EVENT_BYTES, (i + 1) * MAX_EVENT_BYTES),
  )
}
