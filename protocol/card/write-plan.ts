import { PersonhoodError } from '../errors.ts'
import { NDEF_FILE_BYTES, NLEN_BYTES } from './layout.ts'

/** One UPDATE BINARY: where in the NDEF file, counted from its first byte, and what. */
export type CardWrite = { readonly offset: number; readonly bytes: Uint8Array }

// A write command costs about this many bytes on the serial line and in the air, so that writing
// a few equal bytes again is quicker than a second command.
const JOIN_GAP_BYTES = 16

/**
 * The writes that turn the NDEF file `current` into `wanted` (NLEN and message), in order, each at
 * most `maxBytes` long; none where it is there already. NLEN is zero while the message is in
 * disorder (NFC Forum Type 4 Tag 2.0, NDEF Update Procedure), so a cut at any byte leaves the old file, the new file
 * or one that reads as torn. Since a message is under 256 bytes, NLEN changes in its low byte only.
 */
export function planCardWrites(
  current: Uint8Array,
  wanted: Uint8Array,
  maxBytes: number,
): readonly CardWrite[] {
  if (wanted.length > NDEF_FILE_BYTES || wanted.length <= NLEN_BYTES || maxBytes < NLEN_BYTES) {
    throw new PersonhoodError(
      'call.card-file',
      `${wanted.length} bytes in writes of ${maxBytes} for a file of ${NDEF_FILE_BYTES}`,
    )
  }
  const runs = differingRuns(current, wanted)
  const isZero = current[0] === 0 && current[1] === 0
  const isSameLength = current[0] === wanted[0] && current[1] === wanted[1]
  if (runs.length === 0 && isSameLength) return []
  return [
    ...(isZero ? [] : [{ offset: 0, bytes: new Uint8Array(NLEN_BYTES) }]),
    ...runs.flatMap(({ start, end }) => cut(wanted, start, end, maxBytes)),
    { offset: 0, bytes: wanted.slice(0, NLEN_BYTES) },
  ]
}

type Run = { readonly start: number; readonly end: number }

function differingRuns(current: Uint8Array, wanted: Uint8Array): readonly Run[] {
  const runs: Run[] = []
  for (let at = NLEN_BYTES; at < wanted.length; at++) {
    if (current[at] === wanted[at]) continue
    const last = runs.at(-1)
    if (last !== undefined && at - last.end <= JOIN_GAP_BYTES) {
      runs[runs.length - 1] = { start: last.start, end: at + 1 }
    } else {
      runs.push({ start: at, end: at + 1 })
    }
  }
  return runs
}

function cut(bytes: Uint8Array, start: number, end: number, maxBytes: number): CardWrite[] {
  const writes: CardWrite[] = []
  for (let offset = start; offset < end; offset += maxBytes) {
    writes.push({ offset, bytes: bytes.slice(offset, Math.min(end, offset + maxBytes)) })
  }
  return writes
}
