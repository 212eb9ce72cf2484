import { concat, equalBytes } from '../bytes.ts'
import { crc32 } from '../crc32.ts'
import {
  type CardPlaces,
  locateCardParts,
  NLEN_BYTES,
  RedoRecord,
  TICKET_NUMBER_BYTES,
} from './layout.ts'

/** What a redo record changes of a credential: the 90 bytes between its length and its check. */
export type RedoFields = { readonly bytes: Uint8Array }

/** State byte of a record that has been carried out, or of a card that never had one. */
export const REDO_DONE = 0x00

const REDO_UNDER_WAY = 0x01
const FIELDS_OFFSET: number = RedoRecord.kid.offset
const FIELDS_BYTES: number = RedoRecord.crc32.offset - FIELDS_OFFSET
const TICKET_BYTES: number = TICKET_NUMBER_BYTES + 4
const FINAL = 1

/** Signature and what stands before it, counted from the credential's end: stage, 58 40, signature. */
const SIGNATURE_FROM_END = 64
const STAGE_FROM_END = 67

/** Shortest credential that the offsets below fit (docs/protocol.md §4). */
const MIN_CREDENTIAL_BYTES = 143

type Part = { readonly redo: number; readonly credential: number; readonly length: number }

/** Where each field of the record stands in the credential; lengths and framing never change. */
function partsOf(credentialBytes: number): readonly Part[] {
  const part = (field: { offset: number; length: number }, credential: number): Part => ({
    redo: field.offset - FIELDS_OFFSET,
    credential,
    length: field.length,
  })
  const { kid, expiry, issued, credentialId, assuranceAndStage, signature } = RedoRecord
  const half = { offset: assuranceAndStage.offset, length: 1 }
  return [
    part(kid, 9),
    part(expiry, 23),
    part(issued, 29),
    part(credentialId, 35),
    part(half, 50),
    part({ offset: half.offset + 1, length: 1 }, credentialBytes - STAGE_FROM_END),
    part(signature, credentialBytes - SIGNATURE_FROM_END),
  ]
}

/** The record that turns a card's credential into this one, 96 bytes, under way. */
export function encodeRedo(credential: Uint8Array): Uint8Array {
  const fields = new Uint8Array(FIELDS_BYTES)
  for (const { redo, credential: at, length } of partsOf(credential.length)) {
    fields.set(credential.subarray(at, at + length), redo)
  }
  const body = concat(Uint8Array.of(REDO_UNDER_WAY, FIELDS_BYTES), fields)
  const check = crc32(body)
  return concat(body, Uint8Array.of(check >>> 24, check >>> 16, check >>> 8, check))
}

/**
 * What is to be done, or undefined where nothing is: the record is done, or was itself torn while
 * it was written, and then the credential is still untouched.
 */
export function decodeRedo(record: Uint8Array): RedoFields | undefined {
  if (record.length !== RedoRecord.crc32.offset + RedoRecord.crc32.length) return undefined
  const body = record.subarray(0, RedoRecord.crc32.offset)
  if (body[0] !== REDO_UNDER_WAY || body[1] !== FIELDS_BYTES) return undefined
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  if (view.getUint32(RedoRecord.crc32.offset) !== crc32(body)) return undefined
  return { bytes: body.slice(FIELDS_OFFSET) }
}

/** The credential with the record carried out; undefined where it is not of the form that has these fields. */
export function applyRedo(credential: Uint8Array, { bytes }: RedoFields): Uint8Array | undefined {
  if (credential.length < MIN_CREDENTIAL_BYTES) return undefined
  const after = credential.slice()
  for (const { redo, credential: at, length } of partsOf(credential.length)) {
    after.set(bytes.subarray(redo, redo + length), at)
  }
  return after
}

/** True where a record can turn one credential into the other: nothing else differs. */
export function isRedoable(from: Uint8Array, to: Uint8Array): boolean {
  if (from.length !== to.length || to.length < MIN_CREDENTIAL_BYTES) return false
  const fields = decodeRedo(encodeRedo(to))
  const after = fields && applyRedo(from, fields)
  return after !== undefined && equalBytes(after, to)
}

/**
 * The NDEF file as it is once the record is carried out, wherever the write was cut: its length
 * restored, the credential patched, and with a final one the ticket gone. Undefined in other files.
 */
export function settleFile(file: Uint8Array, fields: RedoFields): Uint8Array | undefined {
  const places = locateCardParts(file)
  if (places === undefined) return undefined
  const { offset, length } = places.credential
  const credential = applyRedo(file.subarray(offset, offset + length), fields)
  if (credential === undefined) return undefined
  const settled = withLength(file, places.messageBytes)
  settled.set(credential, offset)
  if (credential.at(-STAGE_FROM_END) === FINAL) {
    settled.fill(0, places.ticketOffset, places.ticketOffset + TICKET_BYTES)
  }
  return settled
}

/** A run of bytes in the NDEF file, offset from its first byte. */
export type Span = { readonly offset: number; readonly length: number }

/**
 * The runs that a succession may write, ticket included. Not a byte between them: what the record
 * does not hold, it could not restore if the card were torn at it.
 */
export function successionSpans({ credential, ticketOffset }: CardPlaces): readonly Span[] {
  const parts = partsOf(credential.length).map(({ credential: at, length }) => ({
    offset: credential.offset + at,
    length,
  }))
  return [...parts, { offset: ticketOffset, length: TICKET_BYTES }]
}

/** The file with NLEN as its records say. */
export function withLength(file: Uint8Array, messageBytes: number): Uint8Array {
  const whole = file.slice()
  whole.set(Uint8Array.of(messageBytes >> 8, messageBytes).subarray(0, NLEN_BYTES))
  return whole
}
