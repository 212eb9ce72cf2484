import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import { type CardFileReading, decodeCardFile, NLEN_BYTES } from './layout.ts'

/** Bytes of a page, the unit of writing (NFC Forum Type 2 Tag 1.1 §2.1). */
export const PAGE_BYTES = 4

/** The page where data begin, behind UID, locks and capability container. */
export const FIRST_DATA_PAGE = 4

/** Where an NDEF message lies in the data area, in bytes from its first; `headAt` is its TLV. */
export type NdefTlv = {
  readonly headAt: number
  readonly valueAt: number
  readonly length: number
}

const Tlv = { fill: 0x00, ndef: 0x03, end: 0xfe } as const
const CAPABILITY_MAGIC = 0xe1
const MAJOR_VERSION = 0x10
const LONG_LENGTH = 0xff
const MAX_SHORT = 0xfe

/** Bytes of the data area that the capability container names; undefined where it is none (§6.1). */
export function dataBytesOf([magic, version, size, access]: Uint8Array): number | undefined {
  const isReadable = access !== undefined && access >> 4 === 0
  const isOurs = magic === CAPABILITY_MAGIC && ((version ?? 0) & 0xf0) === MAJOR_VERSION
  return isOurs && isReadable && size !== undefined ? 8 * size : undefined
}

/** Finds the NDEF message TLV in as much of the data area as there is; `more` where it may come behind. */
export function findNdefTlv(data: Uint8Array): NdefTlv | 'more' | undefined {
  let at = 0
  while (at < data.length) {
    if (data[at] === Tlv.end) return undefined
    const block = readBlock(data, at)
    if (block === undefined) return 'more'
    if (data[at] === Tlv.ndef) return block
    at = block.valueAt + block.length
  }
  return 'more'
}

/** The block whose tag lies at `at`; a fill byte is a block of its own (§2.3). */
function readBlock(data: Uint8Array, at: number): NdefTlv | undefined {
  if (data[at] === Tlv.fill) return { headAt: at, valueAt: at + 1, length: 0 }
  const [first, high, low] = data.subarray(at + 1)
  if (first === undefined) return undefined
  if (first !== LONG_LENGTH) return { headAt: at, valueAt: at + 2, length: first }
  if (high === undefined || low === undefined) return undefined
  return { headAt: at, valueAt: at + 4, length: high * 256 + low }
}

/** The data area that holds this message alone, a whole number of pages; at most 254 bytes. */
export function encodeNdefTlv(message: Uint8Array): Uint8Array {
  if (message.length > MAX_SHORT) {
    throw new PersonhoodError('call.ndef', `${message.length} bytes, at most ${MAX_SHORT} fit`)
  }
  const area = concat(Uint8Array.of(Tlv.ndef, message.length), message, Uint8Array.of(Tlv.end))
  const padded = new Uint8Array(Math.ceil(area.length / PAGE_BYTES) * PAGE_BYTES)
  padded.set(area)
  return padded
}

/** What a message in a data area is to us: as `decodeCardFile` reads a file. */
export function readCarrier(message: Uint8Array): CardFileReading {
  if (message.length === 0) return { kind: 'blank' }
  const length = Uint8Array.of(message.length >> 8, message.length)
  return decodeCardFile(concat(length.subarray(0, NLEN_BYTES), message))
}

/** One page and what it is to hold. */
export type PageWrite = { readonly page: number; readonly bytes: Uint8Array }

/**
 * The pages that turn the data area `current` into `wanted`, in order: first a message of no
 * length, then what differs, last the page with the length. A cut leaves the old message, none, or
 * the new one, where a page is written whole or not at all.
 */
export function planPages(current: Uint8Array, wanted: Uint8Array): readonly PageWrite[] {
  const pageOf = (bytes: Uint8Array, page: number): Uint8Array =>
    bytes.slice(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
  const isSame = (page: number): boolean =>
    pageOf(wanted, page).every((byte, i) => byte === current[page * PAGE_BYTES + i])
  const pages = Array.from({ length: wanted.length / PAGE_BYTES }, (_, page) => page)
  const changed = pages.filter((page) => !isSame(page))
  if (changed.length === 0) return []
  const write = (page: number): PageWrite => ({
    page: FIRST_DATA_PAGE + page,
    bytes: pageOf(wanted, page),
  })
  const empty = { page: FIRST_DATA_PAGE, bytes: Uint8Array.of(Tlv.ndef, 0, Tlv.end, 0) }
  return [empty, ...changed.filter((page) => page > 0).map(write), write(0)]
}
