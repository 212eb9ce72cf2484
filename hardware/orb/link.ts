import { concat } from '../../protocol/bytes.ts'
import { crc32 } from '../../protocol/crc32.ts'
import { decodeCobs, encodeCobs } from '../cobs.ts'
import type { Scan } from '../exchange.ts'

/** Orb link §2: the version in the first byte of each frame. */
export const ORB_LINK_VERSION = 2

/** Orb link §2: most bytes in a frame's body; the manifest of 240 frames is the largest. */
export const MAX_BODY_BYTES = 8300

/** Orb link §2: a line silent for this long has no unfinished frame on it. */
export const LINE_IDLE_MS = 50

/** Orb link §2: version 1 byte, type 1, tag 2, body 0..8300, CRC-32 4 over all before it; big-endian. */
export type LinkFrame = {
  readonly version: number
  readonly type: number
  /** Names a request, 1..65535; its answers carry the same. 0 where nobody asked. */
  readonly tag: number
  readonly body: Uint8Array
}

const HEAD_BYTES = 4
const CRC_BYTES = 4
const MAX_PLAIN_BYTES = HEAD_BYTES + MAX_BODY_BYTES + CRC_BYTES
const MAX_STUFFED_BYTES = MAX_PLAIN_BYTES + Math.floor(MAX_PLAIN_BYTES / 254) + 1

/** Orb link §2: 0x00, the stuffed frame, 0x00. The leading zero ends whatever noise came before. */
export function encodeFrame({ version, type, tag, body }: LinkFrame): Uint8Array {
  const head = Uint8Array.of(version, type, tag >> 8, tag & 0xff)
  const checked = concat(head, body, new Uint8Array(CRC_BYTES))
  const view = new DataView(checked.buffer)
  view.setUint32(checked.length - CRC_BYTES, crc32(checked.subarray(0, -CRC_BYTES)))
  return concat(Uint8Array.of(0), encodeCobs(checked), Uint8Array.of(0))
}

/**
 * Splits a run of bytes at its zeros. A damaged frame costs its own bytes only; a tail longer than
 * any frame, or one on a silent line, is thrown away. Time is linear in the input.
 */
export function scan(bytes: Uint8Array, lineIdle = false): Scan<LinkFrame> {
  const frames: LinkFrame[] = []
  let discarded = 0
  let start = 0
  for (;;) {
    const end = bytes.indexOf(0, start)
    if (end < 0) break
    if (end > start) {
      const frame = decodeFrame(bytes.subarray(start, end))
      if (frame === undefined) discarded += end - start
      else frames.push(frame)
    }
    start = end + 1
  }
  const rest = bytes.slice(start)
  if (lineIdle || rest.length > MAX_STUFFED_BYTES) {
    return { frames, discarded: discarded + rest.length, rest: new Uint8Array(0) }
  }
  return { frames, discarded, rest }
}

function decodeFrame(stuffed: Uint8Array): LinkFrame | undefined {
  if (stuffed.length > MAX_STUFFED_BYTES) return undefined
  const plain = decodeCobs(stuffed)
  if (plain === undefined || plain.length < HEAD_BYTES + CRC_BYTES) return undefined
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length)
  const end = plain.length - CRC_BYTES
  if (view.getUint32(end) !== crc32(plain.subarray(0, end))) return undefined
  return {
    version: view.getUint8(0),
    type: view.getUint8(1),
    tag: view.getUint16(2),
    body: plain.slice(HEAD_BYTES, end),
  }
}
