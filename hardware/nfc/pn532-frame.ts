import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Scan } from '../exchange.ts'

/** Frame identifiers: host to PN532 and back (PN532 user manual UM0701-02 §6.2.1.1). */
export const Tfi = { toChip: 0xd4, toHost: 0xd5 } as const

/** Longest data field of an extended frame, frame identifier included (UM0701-02 §6.2.1.2). */
export const MAX_DATA_BYTES = 265

/**
 * One frame of either direction. `corrupt` is an information frame with a whole head and a wrong
 * data checksum: the side that got it asks again with a NACK. `payload` starts with the command code.
 */
export type Pn532Frame =
  | { readonly kind: 'information'; readonly tfi: number; readonly payload: Uint8Array }
  | { readonly kind: 'ack' | 'nack' | 'error' | 'corrupt' }

/** UM0701-02 §6.2.1.3; sent by the host outside a handshake it calls the running command off. */
export const ACK_FRAME: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0x00, 0xff, 0x00)

/** UM0701-02 §6.2.1.4: please send your last answer again. */
export const NACK_FRAME: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff, 0x00, 0x00)

/** UM0701-02 §6.2.1.5: the chip found the command's syntax wrong. */
export const ERROR_FRAME: Uint8Array = Uint8Array.of(0, 0, 0xff, 0x01, 0xff, 0x7f, 0x81, 0)

const ERROR_TFI = 0x7f
const START_BYTES = 2
const NORMAL_HEAD_BYTES = 4
const EXTENDED_HEAD_BYTES = 7
const MAX_NORMAL_DATA_BYTES = 255

/** The information frame of 1 to 264 payload bytes, extended where a normal one is too short. */
export function encodeFrame(tfi: number, payload: Uint8Array): Uint8Array {
  const length = payload.length + 1
  if (payload.length === 0 || length > MAX_DATA_BYTES) {
    throw new PersonhoodError(
      'call.nfc-frame',
      `PN532 payload of ${payload.length} bytes, 1 to ${MAX_DATA_BYTES - 1} fit`,
    )
  }
  const head =
    length <= MAX_NORMAL_DATA_BYTES
      ? [length, -length]
      : [0xff, 0xff, length >> 8, length, -((length >> 8) + length)]
  const data = concat(Uint8Array.of(tfi), payload)
  return concat(Uint8Array.of(0x00, 0x00, 0xff, ...head), data, Uint8Array.of(-sumOf(data), 0x00))
}

/**
 * Splits a run of bytes into frames. Start code, lengths and checksums count, and behind data the
 * postamble: a frame that lost a byte of value 0 takes it for its checksum, and that fits. Other
 * zeros are fill. `discarded` counts the bytes, other than zeros, of no frame.
 */
export function scanPn532(bytes: Uint8Array, lineIdle: boolean): Scan<Pn532Frame> {
  const frames: Pn532Frame[] = []
  let discarded = 0
  let at = 0
  const skipTo = (end: number): void => {
    for (; at < end; at++) if (bytes[at] !== 0) discarded++
  }
  for (;;) {
    const start = findStart(bytes, at)
    skipTo(start)
    if (start === bytes.length) break
    const found = readFrame(bytes, start, lineIdle)
    if (found === 'unfinished' && !lineIdle) break
    if (found === 'unfinished' || found === 'noise') {
      skipTo(start + 1)
    } else if (found === 'corrupt') {
      frames.push({ kind: 'corrupt' })
      skipTo(start + START_BYTES)
    } else {
      frames.push(found.frame)
      at = found.end
    }
  }
  return { frames, discarded, rest: bytes.slice(at) }
}

/** Where the next 00 FF starts; a lone 00 at the very end may become one; else the end. */
function findStart(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0, from); at !== -1; at = bytes.indexOf(0, at + 1)) {
    const next = bytes[at + 1]
    if (next === 0xff || next === undefined) return at
  }
  return bytes.length
}

type Reading =
  | { readonly frame: Pn532Frame; readonly end: number }
  | 'unfinished'
  | 'noise'
  | 'corrupt'

function readFrame(bytes: Uint8Array, start: number, lineIdle: boolean): Reading {
  const length = bytes[start + 2]
  const check = bytes[start + 3]
  if (length === undefined || check === undefined) return 'unfinished'
  const end = start + NORMAL_HEAD_BYTES
  if (length === 0x00 && check === 0xff) return { frame: { kind: 'ack' }, end }
  if (length === 0xff && check === 0x00) return { frame: { kind: 'nack' }, end }
  if (length === 0xff && check === 0xff) return readExtended(bytes, start, lineIdle)
  if (((length + check) & 0xff) !== 0 || length === 0) return 'noise'
  return readData(bytes, end, length, lineIdle)
}

function readExtended(bytes: Uint8Array, start: number, lineIdle: boolean): Reading {
  const [high, low, check] = bytes.subarray(start + NORMAL_HEAD_BYTES, start + EXTENDED_HEAD_BYTES)
  if (high === undefined || low === undefined || check === undefined) return 'unfinished'
  const length = high * 256 + low
  if (((high + low + check) & 0xff) !== 0) return 'noise'
  if (length === 0 || length > MAX_DATA_BYTES) return 'noise'
  return readData(bytes, start + EXTENDED_HEAD_BYTES, length, lineIdle)
}

function readData(bytes: Uint8Array, at: number, length: number, lineIdle: boolean): Reading {
  const end = at + length + 1
  if (end > bytes.length) return 'unfinished'
  if (sumOf(bytes.subarray(at, end)) !== 0) return 'corrupt'
  const postamble = bytes[end]
  if (postamble === undefined && !lineIdle) return 'unfinished'
  if (postamble !== 0) return 'corrupt'
  const tfi = bytes[at] ?? 0
  if (length === 1) {
    return tfi === ERROR_TFI ? { frame: { kind: 'error' }, end } : 'noise'
  }
  return { frame: { kind: 'information', tfi, payload: bytes.slice(at + 1, end - 1) }, end }
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0)
}
