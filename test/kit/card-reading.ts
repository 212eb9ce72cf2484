import type { Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import {
  type CardFileReading,
  decodeCardFile,
  NDEF_FILE_BYTES,
} from '../../protocol/card/layout.ts'

/** Snapshot head, UID and capability container come before the NDEF file. */
const NDEF_OFFSET = 5 + 7 + 32

/** What a virtual card's NDEF file holds, without a reader. */
export function readFileOf(card: Ntag424): CardFileReading {
  return decodeCardFile(card.snapshot().slice(NDEF_OFFSET, NDEF_OFFSET + NDEF_FILE_BYTES))
}
