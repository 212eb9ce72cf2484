import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Scan } from '../exchange.ts'

/** One of our own messages on the panel's line (panel link §2); every byte has seven bits. */
export type PanelFrame = {
  /** 0x01..0x0F, the range that Firmata leaves to its users. */
  readonly command: number
  /** 0..127; an answer carries that of its command. */
  readonly seq: number
  readonly payload: Uint8Array
}

/** Longest message of Firmata or ours, start and end included (panel link §2). */
export const MAX_MESSAGE_BYTES = 256

/** Longest payload of ours; the panel's buffer holds 64 bytes between start and end. */
export const MAX_PAYLOAD_BYTES = 61

const START = 0xf0
const END = 0xf7
const LAST_COMMAND = 0x0f
/** Start, command, sequence, check, end. */
const MIN_FRAME_BYTES = 5
const HEAD_BYTES = 3
const TAIL_BYTES = 2

/** Start, command, sequence, payload, CRC-7, end (panel link §2). */
export function encodeFrame({ command, seq, payload }: PanelFrame): Uint8Array {
  const body = concat(Uint8Array.of(command, seq), payload)
  if (payload.length > MAX_PAYLOAD_BYTES || body.some((byte) => byte > 0x7f)) {
    throw new PersonhoodError(
      'call.panel-frame',
      `a panel message has at most ${MAX_PAYLOAD_BYTES} bytes of 7 bits, not ${payload.length}`,
    )
  }
  return concat(Uint8Array.of(START), body, Uint8Array.of(crc7(body), END))
}

/** CRC-7 with polynomial x^7 + x^3 + 1 over the low seven bits of each byte, starting from 0. */
export function crc7(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    for (let bit = 0x40; bit > 0; bit >>= 1) {
      const top = ((crc & 0x40) !== 0) !== ((byte & bit) !== 0)
      crc = ((crc << 1) & 0x7f) ^ (top ? 0x09 : 0)
    }
  }
  return crc
}

/**
 * Our messages out of a line that also carries Firmata's. Whole Firmata messages are passed over;
 * `discarded` counts the bytes of none, and of ours with a wrong check.
 */
export function scanPanel(bytes: Uint8Array, lineIdle: boolean): Scan<PanelFrame> {
  return scanMessages(bytes, lineIdle, (message) =>
    message.kind === 'ours' ? message.frame : undefined,
  )
}

/** Firmata's whole messages out of the same line; ours are passed over. */
export function scanFirmata(bytes: Uint8Array, lineIdle: boolean): Scan<Uint8Array> {
  return scanMessages(bytes, lineIdle, (message, start) =>
    message.kind === 'firmata' ? bytes.slice(start, message.end) : undefined,
  )
}

function scanMessages<Frame>(
  bytes: Uint8Array,
  lineIdle: boolean,
  frameOf: (message: Whole, start: number) => Frame | undefined,
): Scan<Frame> {
  const frames: Frame[] = []
  let discarded = 0
  let at = 0
  while (at < bytes.length) {
    const message = readMessage(bytes, at)
    if (message === 'unfinished' && !lineIdle) break
    if (message === 'unfinished' || message.kind === 'noise') {
      discarded++
      at++
    } else {
      const frame = frameOf(message, at)
      if (frame !== undefined) frames.push(frame)
      if (message.kind === 'corrupt') discarded += message.end - at
      at = message.end
    }
  }
  return { frames, discarded, rest: bytes.slice(at) }
}

type Whole =
  | { readonly kind: 'ours'; readonly frame: PanelFrame; readonly end: number }
  | { readonly kind: 'firmata' | 'corrupt'; readonly end: number }

type Message = Whole | { readonly kind: 'noise' } | 'unfinished'

const NOISE: Message = { kind: 'noise' }

function readMessage(bytes: Uint8Array, start: number): Message {
  const first = bytes[start] ?? 0
  if (first === START) return readSysex(bytes, start)
  const length = messageBytes(first)
  if (length === 0) return NOISE
  const rest = bytes.subarray(start + 1, start + length)
  if (rest.some((byte) => byte > 0x7f)) return NOISE
  return rest.length < length - 1 ? 'unfinished' : { kind: 'firmata', end: start + length }
}

/** Bytes of a Firmata message of fixed length by its first byte (Firmata protocol, Message Types). */
function messageBytes(first: number): number {
  if (first < 0x80 || first === END) return 0
  if (first >= 0xf0) return first >= 0xf4 && first <= 0xf9 ? 3 : 1
  return first >= 0xc0 && first <= 0xdf ? 2 : 3
}

function readSysex(bytes: Uint8Array, start: number): Message {
  const limit = Math.min(bytes.length, start + MAX_MESSAGE_BYTES)
  let end = start + 1
  while (end < limit && (bytes[end] ?? 0) <= 0x7f) end++
  if (end === start + MAX_MESSAGE_BYTES) return NOISE
  if (end === bytes.length) return 'unfinished'
  if (bytes[end] !== END) return NOISE
  return readWhole(bytes, start, end + 1)
}

function readWhole(bytes: Uint8Array, start: number, end: number): Message {
  const command = bytes[start + 1] ?? START
  if (command > LAST_COMMAND || command === 0) return { kind: 'firmata', end }
  const body = bytes.subarray(start + 1, end - TAIL_BYTES)
  if (end - start < MIN_FRAME_BYTES || crc7(body) !== bytes[end - TAIL_BYTES]) {
    return { kind: 'corrupt', end }
  }
  const payload = bytes.slice(start + HEAD_BYTES, end - TAIL_BYTES)
  return { kind: 'ours', frame: { command, seq: bytes[start + 2] ?? 0, payload }, end }
}
