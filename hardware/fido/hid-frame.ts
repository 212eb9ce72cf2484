import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** Bytes of a report of a full-speed key (CTAP 2.1 §11.2.4). */
export const REPORT_BYTES = 64

/** Channel on which channels are given out (§11.2.9.1.3). */
export const BROADCAST = 0xff_ff_ff_ff

/** Commands (§11.2.9), without the bit that marks an initialisation packet. */
export const HidCommand = {
  ping: 0x01,
  init: 0x06,
  wink: 0x08,
  cbor: 0x10,
  cancel: 0x11,
  keepalive: 0x3b,
  error: 0x3f,
} as const

/** Error codes (§11.2.9.1.6). */
export const HidError = {
  invalidCommand: 0x01,
  invalidParameter: 0x02,
  invalidLength: 0x03,
  invalidSequence: 0x04,
  messageTimeout: 0x05,
  channelBusy: 0x06,
  invalidChannel: 0x0b,
} as const

/** One message of either direction. */
export type HidMessage = {
  /** Channel identifier, 32 bits. */
  readonly channel: number
  readonly command: number
  readonly payload: Uint8Array
}

const INITIAL = 0x80
const INITIAL_HEAD_BYTES = 7
const CONTINUED_HEAD_BYTES = 5
const INITIAL_DATA_BYTES = REPORT_BYTES - INITIAL_HEAD_BYTES
const CONTINUED_DATA_BYTES = REPORT_BYTES - CONTINUED_HEAD_BYTES

/** Longest message: one initial and 128 continued packets (§11.2.4). */
export const MAX_MESSAGE_BYTES: number = INITIAL_DATA_BYTES + 128 * CONTINUED_DATA_BYTES

/** The reports that carry a message, each of 64 bytes, filled up with zeros. */
export function encodeReports({ channel, command, payload }: HidMessage): readonly Uint8Array[] {
  if (payload.length > MAX_MESSAGE_BYTES) {
    throw new PersonhoodError(
      'call.fido-message',
      `a message has at most ${MAX_MESSAGE_BYTES} bytes, not ${payload.length}`,
    )
  }
  const to = bytesOf(channel)
  const head = [...to, command | INITIAL, payload.length >> 8, payload.length & 0xff]
  const reports = [report(head, payload.subarray(0, INITIAL_DATA_BYTES))]
  for (let at = INITIAL_DATA_BYTES; at < payload.length; at += CONTINUED_DATA_BYTES) {
    const data = payload.subarray(at, at + CONTINUED_DATA_BYTES)
    reports.push(report([...to, reports.length - 1], data))
  }
  return reports
}

/** What has come of a message on one channel; nothing between messages. */
export type Assembly = {
  readonly command: number
  readonly lengthBytes: number
  readonly parts: readonly Uint8Array[]
  readonly gotBytes: number
}

/**
 * What a report leads to: a whole message, a message under way, or nothing, with the error code
 * where the report broke the rules (a device answers with it, a host only counts it).
 */
export type Assembled = {
  readonly state: Assembly | undefined
  readonly message?: HidMessage
  readonly fault?: number
}

/** The channel that a report is for. */
export function channelOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < CONTINUED_HEAD_BYTES) return undefined
  return bytes.subarray(0, 4).reduce((value, byte) => value * 256 + byte, 0)
}

/** Takes one report of a channel in. An initial packet starts anew, whatever was under way. */
export function assemble(state: Assembly | undefined, bytes: Uint8Array): Assembled {
  const channel = channelOf(bytes)
  const kind = bytes[4]
  if (channel === undefined || kind === undefined) {
    return { state, fault: HidError.invalidLength }
  }
  if ((kind & INITIAL) !== 0) return begin(channel, kind & ~INITIAL, bytes)
  if (state === undefined) return { state, fault: HidError.invalidSequence }
  if (kind !== state.parts.length - 1) {
    return { state: undefined, fault: HidError.invalidSequence }
  }
  return grow(channel, state, bytes.subarray(CONTINUED_HEAD_BYTES, REPORT_BYTES))
}

function begin(channel: number, command: number, bytes: Uint8Array): Assembled {
  const [high, low] = bytes.subarray(5, INITIAL_HEAD_BYTES)
  const lengthBytes = (high ?? 0) * 256 + (low ?? 0)
  if (low === undefined || lengthBytes > MAX_MESSAGE_BYTES) {
    return { state: undefined, fault: HidError.invalidLength }
  }
  const empty: Assembly = { command, lengthBytes, parts: [], gotBytes: 0 }
  return grow(channel, empty, bytes.subarray(INITIAL_HEAD_BYTES, REPORT_BYTES))
}

function grow(channel: number, state: Assembly, data: Uint8Array): Assembled {
  const part = data.slice(0, state.lengthBytes - state.gotBytes)
  const grown = {
    ...state,
    parts: [...state.parts, part],
    gotBytes: state.gotBytes + part.length,
  }
  if (grown.gotBytes < grown.lengthBytes) {
    // A short report would leave a gap that later packets do not show.
    const isWhole = part.length === data.length && part.length >= CONTINUED_DATA_BYTES - 2
    return isWhole ? { state: grown } : { state: undefined, fault: HidError.invalidLength }
  }
  return {
    state: undefined,
    message: { channel, command: state.command, payload: concat(...grown.parts) },
  }
}

function report(head: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(REPORT_BYTES)
  bytes.set(head)
  bytes.set(data, head.length)
  return bytes
}

function bytesOf(channel: number): readonly number[] {
  return [channel >>> 24, (channel >>> 16) & 0xff, (channel >>> 8) & 0xff, channel & 0xff]
}
