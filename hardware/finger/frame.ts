import { concat } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Scan } from '../exchange.ts'

/** What a packet is (ZFM-20 user manual §5.1, R503 user manual §5.1). */
export const Kind = { command: 0x01, data: 0x02, answer: 0x07, end: 0x08 } as const

/** One packet of either direction; `payload` of a command or answer starts with its code. */
export type FingerFrame = {
  readonly kind: (typeof Kind)[keyof typeof Kind]
  /** Address of the module, 32 bits. */
  readonly address: number
  readonly payload: Uint8Array
}

/** Longest payload: a data packet at the largest packet size (manual §4.4.6). */
export const MAX_PAYLOAD_BYTES = 256

const START = [0xef, 0x01] as const
/** Start 2, address 4, kind 1, length 2. */
const HEAD_BYTES = 9
const SUM_BYTES = 2
const KINDS: readonly number[] = Object.values(Kind)

/** Start, address, kind, length of payload and sum, payload, sum of all behind the address. */
export function encodeFrame({ kind, address, payload }: FingerFrame): Uint8Array {
  if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES) {
    throw new PersonhoodError(
      'call.finger-frame',
      `a packet has 1 to ${MAX_PAYLOAD_BYTES} bytes, not ${payload.length}`,
    )
  }
  const length = payload.length + SUM_BYTES
  const summed = concat(Uint8Array.of(kind, length >> 8, length), payload)
  const to = [address >>> 24, address >>> 16, address >>> 8, address]
  const sum = sumOf(summed)
  return concat(Uint8Array.of(...START, ...to), summed, Uint8Array.of(sum >> 8, sum))
}

/**
 * Splits a run of bytes into packets. `discarded` counts the bytes of none, and of those with a
 * wrong sum; on a silent line an unfinished head holds nothing back.
 */
export function scanFinger(bytes: Uint8Array, lineIdle: boolean): Scan<FingerFrame> {
  const frames: FingerFrame[] = []
  let discarded = 0
  let at = 0
  for (;;) {
    const start = findStart(bytes, at)
    discarded += start - at
    at = start
    if (at === bytes.length) break
    const found = readFrame(bytes, at)
    if (found === 'unfinished' && !lineIdle) break
    if (found === 'unfinished' || found === 'noise') {
      discarded++
      at++
    } else {
      frames.push(found.frame)
      at = found.end
    }
  }
  return { frames, discarded, rest: bytes.slice(at) }
}

/** Where the next start code is; a lone EF at the very end may become one; else the end. */
function findStart(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(START[0], from); at !== -1; at = bytes.indexOf(START[0], at + 1)) {
    const next = bytes[at + 1]
    if (next === START[1] || next === undefined) return at
  }
  return bytes.length
}

type Reading = { readonly frame: FingerFrame; readonly end: number } | 'unfinished' | 'noise'

function readFrame(bytes: Uint8Array, start: number): Reading {
  const head = bytes.subarray(start, start + HEAD_BYTES)
  const kind = head[6]
  if (kind !== undefined && !isKind(kind)) return 'noise'
  if (kind === undefined || head.length < HEAD_BYTES) return 'unfinished'
  const length = (head[7] ?? 0) * 256 + (head[8] ?? 0)
  if (length <= SUM_BYTES || length > MAX_PAYLOAD_BYTES + SUM_BYTES) return 'noise'
  const end = start + HEAD_BYTES + length
  if (end > bytes.length) return 'unfinished'
  const summed = bytes.subarray(start + 6, end - SUM_BYTES)
  const sum = (bytes[end - 2] ?? 0) * 256 + (bytes[end - 1] ?? 0)
  if (sumOf(summed) !== sum) return 'noise'
  const address = [2, 3, 4, 5].reduce((value, at) => value * 256 + (head[at] ?? 0), 0)
  return {
    frame: { kind, address, payload: bytes.slice(start + HEAD_BYTES, end - SUM_BYTES) },
    end,
  }
}

function isKind(value: number): value is FingerFrame['kind'] {
  return KINDS.includes(value)
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xff_ff, 0)
}
