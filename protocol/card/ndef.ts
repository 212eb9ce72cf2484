import { concat, fromText, toText } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'

/** Type name formats that a stored record may have (NFC Forum NDEF 1.0 §3.2.6). */
export const Tnf = {
  empty: 0,
  wellKnown: 1,
  media: 2,
  absoluteUri: 3,
  external: 4,
  unknown: 5,
} as const
export type Tnf = (typeof Tnf)[keyof typeof Tnf]

/** One NDEF record (NDEF 1.0 §2.3.1); `type` and `id` at most 255 bytes. */
export type NdefRecord = {
  readonly tnf: Tnf
  readonly type: Uint8Array
  readonly id: Uint8Array
  readonly payload: Uint8Array
}

/** A whole message, or what could be read of it before it broke. */
export type NdefReading =
  | { readonly kind: 'message'; readonly records: readonly NdefRecord[] }
  | { readonly kind: 'broken'; readonly why: string; readonly records: readonly NdefRecord[] }

/** More records than this are refused: no card of ours has more than three. */
export const MAX_NDEF_RECORDS = 16

const MESSAGE_BEGIN = 0x80
const MESSAGE_END = 0x40
const CHUNK = 0x20
const SHORT_RECORD = 0x10
const ID_LENGTH = 0x08
const TNF_MASK = 0x07

const WELL_KNOWN_URI = 0x55
// URI RTD 1.0 §3.2.2: the codes that a web address needs; the other 31 are neither written nor read.
const URI_PREFIXES = ['', 'http://www.', 'https://www.', 'http://', 'https://'] as const

/** The message of one or more records, each in the short form where its payload is under 256 bytes. */
export function encodeNdef(records: readonly NdefRecord[]): Uint8Array {
  if (records.length === 0 || records.length > MAX_NDEF_RECORDS) {
    throw new PersonhoodError(
      'call.ndef',
      `${records.length} records, 1 to ${MAX_NDEF_RECORDS} fit`,
    )
  }
  const last = records.length - 1
  return concat(
    ...records.map((record, i) =>
      encodeRecord(record, (i === 0 ? MESSAGE_BEGIN : 0) | (i === last ? MESSAGE_END : 0)),
    ),
  )
}

/** Reads a message that must fill `bytes` exactly; chunked records are refused (NDEF 1.0 §2.3.3). */
export function decodeNdef(bytes: Uint8Array): NdefReading {
  const records: NdefRecord[] = []
  let at = 0
  for (;;) {
    const reading = decodeRecord(bytes, at, records.length === 0)
    if (typeof reading === 'string') return { kind: 'broken', why: reading, records }
    records.push(reading.record)
    at = reading.end
    if (reading.isLast) break
    if (records.length === MAX_NDEF_RECORDS) {
      return { kind: 'broken', why: `more than ${MAX_NDEF_RECORDS} records`, records }
    }
  }
  if (at !== bytes.length) {
    return { kind: 'broken', why: `${bytes.length - at} bytes after the last record`, records }
  }
  return { kind: 'message', records }
}

/** Where the records of a message lie, in bytes from its first. */
export type NdefPlaces = {
  /** Bytes of the whole message. */
  readonly length: number
  readonly records: readonly { readonly record: NdefRecord; readonly payloadAt: number }[]
}

/**
 * Follows the records from the first byte to the one that ends the message, whatever comes behind
 * it; undefined where they lead nowhere. What a message says of its own length, where NLEN does not.
 */
export function scanNdef(bytes: Uint8Array): NdefPlaces | undefined {
  const records: { record: NdefRecord; payloadAt: number }[] = []
  let at = 0
  while (records.length < MAX_NDEF_RECORDS) {
    const reading = decodeRecord(bytes, at, records.length === 0)
    if (typeof reading === 'string') return undefined
    const { record, end, isLast } = reading
    records.push({ record, payloadAt: end - record.payload.length })
    at = end
    if (isLast) return { length: at, records }
  }
  return undefined
}

/** A URI record (URI RTD 1.0) with the shortest prefix code for a web address. */
export function uriRecord(uri: string): NdefRecord {
  const code = longestPrefix(uri)
  return {
    tnf: Tnf.wellKnown,
    type: Uint8Array.of(WELL_KNOWN_URI),
    id: new Uint8Array(0),
    payload: concat(Uint8Array.of(code), fromText(uri.slice(URI_PREFIXES[code]?.length ?? 0))),
  }
}

/** The address in a URI record, or undefined where the record is not one that we read. */
export function uriOf(record: NdefRecord): string | undefined {
  const isUri =
    record.tnf === Tnf.wellKnown && record.type.length === 1 && record.type[0] === WELL_KNOWN_URI
  const prefix = URI_PREFIXES[record.payload[0] ?? -1]
  if (!isUri || prefix === undefined) return undefined
  try {
    return prefix + toText(record.payload.subarray(1))
  } catch {
    return undefined
  }
}

function longestPrefix(uri: string): number {
  let best = 0
  for (const [code, prefix] of URI_PREFIXES.entries()) {
    if (uri.startsWith(prefix) && prefix.length > (URI_PREFIXES[best]?.length ?? 0)) best = code
  }
  return best
}

function encodeRecord({ tnf, type, id, payload }: NdefRecord, position: number): Uint8Array {
  if (type.length > 255 || id.length > 255) {
    throw new PersonhoodError('call.ndef', `type ${type.length} or id ${id.length} over 255 bytes`)
  }
  const isShort = payload.length < 256
  const hasId = id.length > 0
  const flags = position | tnf | (isShort ? SHORT_RECORD : 0) | (hasId ? ID_LENGTH : 0)
  const length = isShort ? Uint8Array.of(payload.length) : uint32(payload.length)
  return concat(
    Uint8Array.of(flags, type.length),
    length,
    hasId ? Uint8Array.of(id.length) : id,
    type,
    id,
    payload,
  )
}

type RecordReading = { readonly record: NdefRecord; readonly end: number; readonly isLast: boolean }

function decodeRecord(bytes: Uint8Array, at: number, isFirst: boolean): RecordReading | string {
  const flags = bytes[at]
  const typeLength = bytes[at + 1]
  if (flags === undefined || typeLength === undefined) return 'ends inside a record header'
  const fault = flagFault(flags, isFirst)
  if (fault !== undefined) return fault
  const lengthBytes = flags & SHORT_RECORD ? 1 : 4
  const idLengthAt = at + 2 + lengthBytes
  const head = idLengthAt + (flags & ID_LENGTH ? 1 : 0)
  if (head > bytes.length) return 'ends inside a record header'
  const payloadLength = bigEndian(bytes.subarray(at + 2, idLengthAt))
  const idLength = flags & ID_LENGTH ? (bytes[idLengthAt] ?? 0) : 0
  const idAt = head + typeLength
  const payloadAt = idAt + idLength
  const end = payloadAt + payloadLength
  if (end > bytes.length) return `a record ends ${end - bytes.length} bytes past the message`
  const tnf = (flags & TNF_MASK) as Tnf
  const typeFault = tnfFault(tnf, typeLength, idLength + payloadLength)
  if (typeFault !== undefined) return typeFault
  return {
    record: {
      tnf,
      type: bytes.slice(head, idAt),
      id: bytes.slice(idAt, payloadAt),
      payload: bytes.slice(payloadAt, end),
    },
    end,
    isLast: (flags & MESSAGE_END) !== 0,
  }
}

function flagFault(flags: number, isFirst: boolean): string | undefined {
  if (((flags & MESSAGE_BEGIN) !== 0) !== isFirst) return 'message begin flag in the wrong place'
  if (flags & CHUNK || (flags & TNF_MASK) === 6) return 'chunked record'
  return (flags & TNF_MASK) === 7 ? 'reserved type name format' : undefined
}

// NDEF 1.0 §3.2.6: empty has nothing, unknown has no type, the others must have one.
function tnfFault(tnf: Tnf, typeLength: number, restLength: number): string | undefined {
  if (tnf === Tnf.empty)
    return typeLength + restLength > 0 ? 'empty record with content' : undefined
  const mustHaveType = tnf !== Tnf.unknown
  return mustHaveType === typeLength > 0
    ? undefined
    : 'type length does not fit the type name format'
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}
