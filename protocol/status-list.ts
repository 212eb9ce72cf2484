import { parseSign1, type Signer, signSign1 } from './cose-sign1.ts'
import { STATUS_LIST_ENTRIES } from './credential.ts'
import { type StationPath, stationPath } from './district.ts'
import { PersonhoodError } from './errors.ts'
import {
  decodeRecord,
  encodeRecord,
  field,
  type Kind,
  record,
  type Schema,
  uint,
} from './schema.ts'
import type { SignatureVerifier } from './secp256k1.ts'
import type { UnixSeconds } from './time.ts'
import { findSigners, isInForce, type Trust } from './trust-list.ts'

/** Status of a credential (draft-ietf-oauth-status-list §7.1; 3 is application specific). */
export type Status = 'valid' | 'invalid' | 'suspended' | 'check-pending'

/** Status values by their two bits. */
export const STATUSES: readonly Status[] = ['valid', 'invalid', 'suspended', 'check-pending']

const BITS = 2
const LIST_BYTES = (STATUS_LIST_ENTRIES * BITS) / 8
/** Random bits do not deflate; zlib adds some bytes to each 16 KiB of them. */
const MAX_DEFLATED_BYTES = LIST_BYTES + 1024
const MEDIA_TYPE = 'application/statuslist+cwt'

/** One list's bits: 65,536 entries of two bits, entry 0 in the lowest bits of byte 0. */
export type StatusBits = Uint8Array

/** A verified status list. */
export type StatusList = {
  readonly district: StationPath
  readonly list: number
  readonly issued: UnixSeconds
  /** Seconds for which a verifier may use it without asking again. */
  readonly ttlS: number
  readonly bits: StatusBits
}

/** zlib (RFC 1950) from outside; `inflate` refuses to make more than `maxBytes`. */
export type Zlib = {
  deflate(bytes: Uint8Array): Uint8Array
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array
}

type Inner = { readonly bits: number; readonly list: Uint8Array }
type Claims = {
  readonly subject: StationPath
  readonly number: number
  readonly issued: UnixSeconds
  readonly ttlS: number
  readonly statusList: Inner
}

// IANA has not assigned these for good (draft §14.1): they stand here only.
const CLAIM_STATUS_LIST = 65_533
const CLAIM_TTL = 65_534

/** The draft's own map (§4.3), keyed by text. */
const statusListValue: Kind<Inner> = {
  cddl: `{ "bits": ${BITS}, "lst": bstr .size (0..${MAX_DEFLATED_BYTES}) }`,
  encode: ({ bits: size, list }) =>
    new Map<string, number | Uint8Array>([
      ['bits', size],
      ['lst', list],
    ]),
  parse(value, path, problems) {
    const map = value instanceof Map && value.size === 2 ? value : undefined
    const size = map?.get('bits')
    const list = map?.get('lst')
    const isBounded = list instanceof Uint8Array && list.length <= MAX_DEFLATED_BYTES
    if (size === BITS && isBounded) return { bits: size, list }
    problems.push(`${path} is not a status list of ${BITS} bits`)
    return undefined
  },
}

/** Claims of a status list token (draft-ietf-oauth-status-list §5.2), with our list number. */
export const statusListSchema: Schema<Claims> = record<Claims>('status-list-claims', {
  subject: field(2, stationPath()),
  issued: field(6, uint(0xff_ff_ff_ff)),
  number: field(-70_010, uint(0xff_ff_ff_ff)),
  statusList: field(CLAIM_STATUS_LIST, statusListValue),
  ttlS: field(CLAIM_TTL, uint(0xff_ff_ff_ff)),
})

/** A list of which every entry is `fill`. */
export function createStatusBits(fill: Status): StatusBits {
  const two = STATUSES.indexOf(fill)
  return new Uint8Array(LIST_BYTES).fill(two * 0b0101_0101)
}

/** The status at `index` (0..65535). */
export function readStatus(bits: StatusBits, index: number): Status {
  const byte = bits[Math.floor(index / 4)]
  if (byte === undefined) throw noEntry(index)
  return STATUSES[(byte >> ((index & 3) * 2)) & 3] ?? 'invalid'
}

/** The same list with one entry changed. */
export function withStatus(bits: StatusBits, index: number, status: Status): StatusBits {
  const changed = bits.slice()
  const at = Math.floor(index / 4)
  const byte = changed[at]
  if (byte === undefined) throw noEntry(index)
  const shift = (index & 3) * 2
  changed[at] = (byte & ~(3 << shift)) | (STATUSES.indexOf(status) << shift)
  return changed
}

/** Signs a status list token with the district's `final` key. */
export function signStatusList(list: StatusList, signer: Signer, zlib: Zlib): Uint8Array {
  const claims: Claims = {
    subject: list.district,
    number: list.list,
    issued: list.issued,
    ttlS: list.ttlS,
    statusList: { bits: BITS, list: zlib.deflate(list.bits) },
  }
  const payload = encodeRecord(statusListSchema, claims)
  return signSign1(signer, payload, 'pop-status-1', MEDIA_TYPE)
}

/**
 * Verifies a status list token; throws `bytes.status-list` where it is not the district's own, or
 * was signed outside the time for which its key is delegated. Whether it is newer than the list at
 * hand is the caller's to see.
 */
export function parseStatusList(
  received: Uint8Array,
  trust: Trust,
  verify: SignatureVerifier,
  zlib: Zlib,
): StatusList {
  const message = parseSign1(received)
  if (message.typ !== MEDIA_TYPE) throw refused('its type is another')
  const signers = findSigners(trust, message, 'final', 'pop-status-1', verify)
  if (signers.length === 0) throw refused('no district key signed it')
  const claims = decodeRecord(statusListSchema, message.payload)
  const own = signers.filter(({ station }) => station === claims.subject)
  if (own.length === 0) throw refused('another district signed it')
  if (!own.some((key) => isInForce(key, claims.issued))) throw refused('its key was not in force')
  const bits = zlib.inflate(claims.statusList.list, LIST_BYTES)
  if (bits.length !== LIST_BYTES) throw refused(`it unpacks to ${bits.length} bytes`)
  const { number: list, issued, ttlS, subject: district } = claims
  return { district, list, issued, ttlS, bits }
}

function noEntry(index: number): PersonhoodError {
  return new PersonhoodError('call.status-index', `a status list has no entry ${index}`)
}

function refused(why: string): PersonhoodError {
  return new PersonhoodError('bytes.status-list', `status list refused: ${why}`)
}
