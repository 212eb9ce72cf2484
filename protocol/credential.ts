import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromText } from './bytes.ts'
import { parseSign1, type Sign1, type Signer, signSign1 } from './cose-sign1.ts'
import {
  bytes,
  code,
  decodeRecord,
  encodeRecord,
  field,
  type Kind,
  optional,
  record,
  type Schema,
  uint,
} from './schema.ts'
import type { UnixSeconds } from './time.ts'

/** A provisional credential is signed by the kiosk, a final one by the district (docs/protocol.md §4). */
export type Stage = 'provisional' | 'final'

/** Where the credential's status bits are: list number and index in it. */
export type StatusReference = { readonly list: number; readonly index: number }

/** What a credential says: no personal attribute, and no district (its kid's delegation gives it). */
export type Credential = {
  readonly expires: UnixSeconds
  readonly issued: UnixSeconds
  /** Credential identifier, 8 random bytes (`cti`, RFC 8392 §3.1.7). */
  readonly id: Uint8Array
  /** 1 this kiosk … 5 nation (docs/protocol.md §4). */
  readonly assurance: number
  /** `cardBindingOf(uid, r)`, 16 bytes. */
  readonly cardBinding: Uint8Array
  readonly status: StatusReference
  readonly stage: Stage
  /** Root of salted attribute hashes, 32 bytes; such a credential needs a larger card. */
  readonly attributeRoot?: Uint8Array | undefined
}

/** The largest minimal credential: it fits an NTAG 424 DNA and a QR code on paper. */
export const MAX_CREDENTIAL_BYTES = 160

/** Entries in a status list (docs/protocol.md §9). */
export const STATUS_LIST_ENTRIES = 65_536

/** A credential is 8 bytes known by, so that a tap event never needs to carry it. */
export const CREDENTIAL_ID_BYTES = 8

const CLAIM_EXP = 4
const CLAIM_IAT = 6
const CLAIM_CTI = 7
const CLAIM_PERSONHOOD = -70_000

// Times from 2^16 on take five bytes, so provisional and final keep equal length and offsets.
const CREDENTIAL_TIME = uint(0xff_ff_ff_ff, 0x1_00_00)

const statusReference: Kind<StatusReference> = {
  cddl: '[list: 0..4294967295, index: 0..65535]',
  encode: ({ list, index }) => [list, index],
  parse(value, path, problems) {
    if (Array.isArray(value) && value.length === 2) {
      const list = uint(0xff_ff_ff_ff).parse(value[0], `${path}[0]`, problems)
      const index = uint(STATUS_LIST_ENTRIES - 1).parse(value[1], `${path}[1]`, problems)
      return list === undefined || index === undefined ? undefined : { list, index }
    }
    problems.push(`${path} is not [list, index]`)
    return undefined
  },
}

type Inner = Pick<Credential, 'assurance' | 'cardBinding' | 'status' | 'stage' | 'attributeRoot'>
type Outer = Pick<Credential, 'expires' | 'issued' | 'id'> & { readonly personhood: Inner }

const innerSchema: Schema<Inner> = record<Inner>('personhood-claims', {
  assurance: field(2, uint(5, 1)),
  cardBinding: field(3, bytes(16)),
  status: field(4, statusReference),
  attributeRoot: optional(5, bytes(32)),
  stage: field(6, code<Stage>({ provisional: 0, final: 1 })),
})

/** The claim set (RFC 8392) of a credential. */
export const credentialSchema: Schema<Outer> = record<Outer>('credential-claims', {
  expires: field(CLAIM_EXP, CREDENTIAL_TIME),
  issued: field(CLAIM_IAT, CREDENTIAL_TIME),
  id: field(CLAIM_CTI, bytes(CREDENTIAL_ID_BYTES)),
  personhood: field(CLAIM_PERSONHOOD, innerSchema),
})

/** Signs a credential: a tagged COSE_Sign1 over its CWT claims. */
export function issueCredential(credential: Credential, signer: Signer): Uint8Array {
  const { expires, issued, id, ...personhood } = credential
  const claims = encodeRecord(credentialSchema, { expires, issued, id, personhood })
  return signSign1(signer, claims, 'credential')
}

/** Reads a credential without verifying it; throws `bytes.*` where it is not one. */
export function parseCredential(received: Uint8Array): {
  readonly credential: Credential
  readonly message: Sign1
} {
  const message = parseSign1(received)
  const { personhood, ...outer } = decodeRecord(credentialSchema, message.payload)
  return { credential: { ...outer, ...personhood }, message }
}

/**
 * Binds a credential to one card: SHA-256 over a label, the card's UID and 16 random bytes `r`
 * that rest in the card's protected file, cut to 16 bytes. The UID cannot be told from it.
 */
export function cardBindingOf(uid: Uint8Array, r: Uint8Array): Uint8Array {
  return sha256(concat(fromText('pop-card-v1'), uid, r)).slice(0, 16)
}
