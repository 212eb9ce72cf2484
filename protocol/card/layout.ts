import { concat, equalBytes, fromText } from '../bytes.ts'
import { MAX_CREDENTIAL_BYTES } from '../credential.ts'
import { PersonhoodError } from '../errors.ts'
import { decodeNdef, encodeNdef, type NdefRecord, scanNdef, Tnf, uriOf, uriRecord } from './ndef.ts'

/** Bytes of the NDEF file of an NTAG 424 DNA, NLEN included. */
export const NDEF_FILE_BYTES = 256

/** Bytes of NLEN, big-endian, before the message (NFC Forum Type 4 Tag 2.0, NDEF file). */
export const NLEN_BYTES = 2

/** Longest URI record with its header: the phone-readable address with the chip's mirrors in it. */
export const MAX_URI_RECORD_BYTES = 68

/** Bytes of a ticket's number. */
export const TICKET_NUMBER_BYTES = 8

/** Bytes of the ticket record with its header: always present, so that a ticket never moves a byte. */
export const TICKET_RECORD_BYTES = 15

/** Fields of the 128-byte file (read key 2, write key 1): offset and length in bytes. */
export const GuardedFile = {
  bytes: 128,
  bindingSecret: { offset: 0, length: 16 },
  encryptedSeed: { offset: 16, length: 16 },
  redo: { offset: 32, length: 96 },
} as const

/** Fields of the redo record, offsets from its start in bytes; CRC-32 over the fields before it. */
export const RedoRecord = {
  state: { offset: 0, length: 1 },
  length: { offset: 1, length: 1 },
  kid: { offset: 2, length: 8 },
  expiry: { offset: 10, length: 4 },
  issued: { offset: 14, length: 4 },
  credentialId: { offset: 18, length: 8 },
  assuranceAndStage: { offset: 26, length: 2 },
  signature: { offset: 28, length: 64 },
  crc32: { offset: 92, length: 4 },
} as const

/** What a resident asks about at any kiosk: an unguessable number, and the answer's deadline in Unix seconds. */
export type Ticket = { readonly number: Uint8Array; readonly deadline: number }

/** The content of a personhood card's NDEF file; the credential is opaque here, no ticket = nothing pending. */
export type CardFile = {
  readonly uri?: string | undefined
  readonly credential: Uint8Array
  readonly ticket?: Ticket | undefined
}

/**
 * What the NDEF file holds: ours; nothing (factory state); another issuer's message; or ours with a
 * write unfinished or bytes spoiled, never to be verified as it stands.
 */
export type CardFileReading =
  | {
      readonly kind: 'personhood'
      readonly uri: string | undefined
      readonly credential: Uint8Array
      readonly ticket: Ticket | undefined
    }
  | { readonly kind: 'blank' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'torn' }

// Seven bytes are left beside the header and 160 bytes of credential, so `application/cwt` is too
// long. `pop` is no top-level domain: the name belongs to nobody else.
const CREDENTIAL_TYPE = fromText('pop:cwt')
const TICKET_PAYLOAD_BYTES = TICKET_NUMBER_BYTES + 4
const NO_BYTES = new Uint8Array(0)

/** NLEN and the message: URI (optional), credential, ticket; at most 255 of the file's 256 bytes. */
export function encodeCardFile({ uri, credential, ticket }: CardFile): Uint8Array {
  if (credential.length === 0 || credential.length > MAX_CREDENTIAL_BYTES) {
    throw new PersonhoodError(
      'call.card-file',
      `credential of ${credential.length} bytes, 1 to ${MAX_CREDENTIAL_BYTES} fit a card`,
    )
  }
  const records = [
    ...(uri === undefined ? [] : [checkedUriRecord(uri)]),
    { tnf: Tnf.external, type: CREDENTIAL_TYPE, id: NO_BYTES, payload: credential },
    { tnf: Tnf.unknown, type: NO_BYTES, id: NO_BYTES, payload: encodeTicket(ticket) },
  ]
  const message = encodeNdef(records)
  return concat(Uint8Array.of(message.length >> 8, message.length), message)
}

/**
 * Reads the NDEF file from its first byte; at least NLEN and the message, at best the whole file,
 * since only the bytes behind a zero NLEN tell a torn first write from a blank card.
 */
export function decodeCardFile(bytes: Uint8Array): CardFileReading {
  const [high, low] = bytes
  if (high === undefined || low === undefined) return { kind: 'torn' }
  const length = high * 256 + low
  const message = bytes.subarray(NLEN_BYTES, NLEN_BYTES + length)
  if (length === 0) {
    return { kind: bytes.some((byte) => byte !== 0) ? 'torn' : 'blank' }
  }
  // A write cut at NLEN itself may leave any length before records that are ours.
  const unlike: CardFileReading = { kind: locateCardParts(bytes) ? 'torn' : 'foreign' }
  if (length > NDEF_FILE_BYTES - NLEN_BYTES) return unlike
  if (message.length < length) return { kind: 'torn' }
  const { kind, records } = decodeNdef(message)
  if (!records.some(isCredential)) return unlike
  return (kind === 'message' && readRecords(records)) || { kind: 'torn' }
}

/** Where credential and ticket lie in an NDEF file of ours, in bytes from its first. */
export type CardPlaces = {
  /** What NLEN is when nothing is under way. */
  readonly messageBytes: number
  readonly credential: { readonly offset: number; readonly length: number }
  /** Number and deadline, 12 bytes. */
  readonly ticketOffset: number
}

/** Finds them by the records alone, since NLEN is zero while a write is under way; undefined in other files. */
export function locateCardParts(file: Uint8Array): CardPlaces | undefined {
  const message = scanNdef(file.subarray(NLEN_BYTES))
  const [ticket, credential] = message?.records.toReversed() ?? []
  if (message === undefined || ticket === undefined || credential === undefined) return undefined
  const reading = readRecords(message.records.map(({ record }) => record))
  if (reading === undefined) return undefined
  return {
    messageBytes: message.length,
    credential: {
      offset: NLEN_BYTES + credential.payloadAt,
      length: credential.record.payload.length,
    },
    ticketOffset: NLEN_BYTES + ticket.payloadAt,
  }
}

function readRecords(records: readonly NdefRecord[]): CardFileReading | undefined {
  const [address, credential, ticket] = records.length === 3 ? records : [undefined, ...records]
  const uri = address && uriOf(address)
  if (address !== undefined && uri === undefined) return undefined
  if (credential === undefined || !isCredential(credential)) return undefined
  const { payload } = credential
  if (payload.length === 0 || payload.length > MAX_CREDENTIAL_BYTES) return undefined
  if (ticket?.tnf !== Tnf.unknown || ticket.payload.length !== TICKET_PAYLOAD_BYTES) {
    return undefined
  }
  return { kind: 'personhood', uri, credential: payload, ticket: decodeTicket(ticket.payload) }
}

function isCredential({ tnf, type }: NdefRecord): boolean {
  return tnf === Tnf.external && equalBytes(type, CREDENTIAL_TYPE)
}

function checkedUriRecord(uri: string): NdefRecord {
  const record = uriRecord(uri)
  const bytes = encodeNdef([record]).length
  if (bytes > MAX_URI_RECORD_BYTES) {
    throw new PersonhoodError(
      'call.card-file',
      `URI record of ${bytes} bytes, at most ${MAX_URI_RECORD_BYTES} fit a card`,
    )
  }
  return record
}

/** Number and deadline as they lie in the file, 12 bytes; zeros without a ticket. */
export function encodeTicket(ticket: Ticket | undefined): Uint8Array {
  if (ticket === undefined) return new Uint8Array(TICKET_PAYLOAD_BYTES)
  const { number, deadline } = ticket
  const isSeconds = Number.isInteger(deadline) && deadline >= 0 && deadline <= 0xff_ff_ff_ff
  const isPending = deadline > 0 || number.some((byte) => byte !== 0)
  if (number.length !== TICKET_NUMBER_BYTES || !isSeconds || !isPending) {
    throw new PersonhoodError(
      'call.card-file',
      `ticket of ${number.length} bytes with deadline ${deadline}: 8 bytes, not all zero, and Unix seconds in 32 bits`,
    )
  }
  return concat(number, Uint8Array.of(deadline >>> 24, deadline >>> 16, deadline >>> 8, deadline))
}

function decodeTicket(payload: Uint8Array): Ticket | undefined {
  if (payload.every((byte) => byte === 0)) return undefined
  const number = payload.slice(0, TICKET_NUMBER_BYTES)
  const deadline = payload
    .subarray(TICKET_NUMBER_BYTES)
    .reduce((value, byte) => value * 256 + byte, 0)
  return { number, deadline }
}
