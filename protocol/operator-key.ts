import { p256 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equalBytes, fromText } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import { PersonhoodError } from './errors.ts'

/** Relying party of operators' security keys (WebAuthn §4): what their credentials are bound to. */
export const OPERATOR_RP_ID = 'operator.personhood.internal'

/** An operator's security key as it was enrolled. */
export type OperatorKey = {
  /** Whose it is; one operator may have several keys. */
  readonly operator: string
  /** 1..1023 bytes, of the key's own making. */
  readonly credentialId: Uint8Array
  /** Point of P-256, uncompressed: 04, x, y. */
  readonly publicKey: Uint8Array
  /** Of the last assertion that was good; 0 where the key does not count. */
  readonly signCount: number
}

/** What an operator is asked to prove, and where: a signature for one is none for another. */
export type OperatorAction = {
  /** Such as `login`, or `two-person` with what is approved in `detail`. */
  readonly purpose: 'login' | 'unlock' | 'two-person'
  /** Station path of the kiosk or gateway that asks. */
  readonly station: string
  /** 16 fresh random bytes, used once. */
  readonly nonce: Uint8Array
  /** What is done, as bytes or their hash; empty for a login. */
  readonly detail: Uint8Array
}

/** The parts of a key's answer that are signed (WebAuthn §6.1). */
export type AuthenticatorData = {
  readonly rpIdHash: Uint8Array
  readonly isTouched: boolean
  /** PIN or built-in verification, by the key's own word. */
  readonly isVerified: boolean
  readonly signCount: number
  /** Where a credential was made. */
  readonly credential?: {
    readonly aaguid: Uint8Array
    readonly credentialId: Uint8Array
    readonly publicKey: Uint8Array
  }
  /** CBOR map of the extensions' answers, empty where there is none. */
  readonly extensions: Uint8Array
}

/** A key's answer to an action. */
export type OperatorAssertion = {
  readonly credentialId: Uint8Array
  readonly authenticatorData: Uint8Array
  /** ASN.1 DER. */
  readonly signature: Uint8Array
}

/** What an assertion proves, or why it does not. */
export type OperatorVerdict =
  | { readonly outcome: 'proved'; readonly key: OperatorKey }
  | {
      readonly outcome: 'refused'
      readonly reason:
        | 'unknown-key'
        | 'wrong-party'
        | 'not-touched'
        | 'not-verified'
        | 'wrong-signature'
        | 'copied-key'
        | 'same-operator'
        | 'unreadable'
    }

const FIXED_BYTES = 37
const AAGUID_BYTES = 16
const MAX_CREDENTIAL_ID_BYTES = 1023
const Flag = { touched: 0x01, verified: 0x04, credential: 0x40, extensions: 0x80 } as const
/** COSE_Key of an ES256 key up to its x, and between x and y (WebAuthn §6.5.1.1). */
const COSE_BEFORE_X = Uint8Array.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20)
const COSE_BEFORE_Y = Uint8Array.of(0x22, 0x58, 0x20)
const FIELD_BYTES = 32
const NONCE_BYTES = 16

/** What the key signs beside its own data: it stands where a browser has its clientDataHash. */
export function actionHash({ purpose, station, nonce, detail }: OperatorAction): Uint8Array {
  if (nonce.length !== NONCE_BYTES) {
    throw new PersonhoodError('call.operator-nonce', `a nonce has 16 bytes, not ${nonce.length}`)
  }
  return sha256(encodeCbor(['personhood/operator/1', purpose, station, nonce, detail]))
}

/** Reads authenticator data; throws `bytes.operator-key` on any other bytes. */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  if (bytes.length < FIXED_BYTES) throw wrong(`${bytes.length} bytes`)
  const flags = bytes[32] ?? 0
  const has = (flag: number): boolean => (flags & flag) !== 0
  const read = has(Flag.credential)
    ? readCredential(bytes.subarray(FIXED_BYTES))
    : { credential: undefined, rest: bytes.slice(FIXED_BYTES) }
  if (has(Flag.extensions) !== read.rest.length > 0) throw wrong('bytes left over')
  const fixed = {
    rpIdHash: bytes.slice(0, 32),
    isTouched: has(Flag.touched),
    isVerified: has(Flag.verified),
    signCount: bytes.subarray(33, FIXED_BYTES).reduce((sum, byte) => sum * 256 + byte, 0),
    extensions: read.rest,
  }
  return read.credential === undefined ? fixed : { ...fixed, credential: read.credential }
}

/**
 * Whether one of these keys has approved the action: by touch and, where `needsVerification`, by PIN
 * or the key's own look at its holder. A counter that goes back tells of a copied key.
 */
export function verifyAssertion(
  keys: readonly OperatorKey[],
  action: OperatorAction,
  assertion: OperatorAssertion,
  needsVerification: boolean,
): OperatorVerdict {
  const key = keys.find(({ credentialId }) => equalBytes(credentialId, assertion.credentialId))
  if (key === undefined) return refused('unknown-key')
  let data: AuthenticatorData
  try {
    data = parseAuthenticatorData(assertion.authenticatorData)
  } catch {
    return refused('unreadable')
  }
  if (!equalBytes(data.rpIdHash, sha256(fromText(OPERATOR_RP_ID)))) return refused('wrong-party')
  if (!isSignature(key.publicKey, action, assertion)) return refused('wrong-signature')
  if (!data.isTouched) return refused('not-touched')
  if (needsVerification && !data.isVerified) return refused('not-verified')
  const isCounting = data.signCount > 0 || key.signCount > 0
  if (isCounting && data.signCount <= key.signCount) return refused('copied-key')
  return { outcome: 'proved', key: { ...key, signCount: data.signCount } }
}

/** Whether two keys of two operators have both approved the action, each verified. */
export function verifyTwoOperators(
  keys: readonly OperatorKey[],
  action: OperatorAction,
  [first, second]: readonly [OperatorAssertion, OperatorAssertion],
): readonly [OperatorKey, OperatorKey] | (OperatorVerdict & { readonly outcome: 'refused' }) {
  const one = verifyAssertion(keys, action, first, true)
  if (one.outcome === 'refused') return one
  const other = verifyAssertion(keys, action, second, true)
  if (other.outcome === 'refused') return other
  if (one.key.operator === other.key.operator) return refused('same-operator')
  return [one.key, other.key]
}

/**
 * The key that a key's answer to an enrolment names, or why it is none. Its attestation is not
 * looked at: whoever provisions holds the key in hand, and a maker's word would only tell its model.
 */
export function operatorKeyOf(operator: string, authenticatorData: Uint8Array): OperatorVerdict {
  let data: AuthenticatorData
  try {
    data = parseAuthenticatorData(authenticatorData)
  } catch {
    return refused('unreadable')
  }
  if (data.credential === undefined) return refused('unreadable')
  if (!equalBytes(data.rpIdHash, sha256(fromText(OPERATOR_RP_ID)))) return refused('wrong-party')
  if (!data.isTouched) return refused('not-touched')
  const { credentialId, publicKey } = data.credential
  return {
    outcome: 'proved',
    key: { operator, credentialId, publicKey, signCount: data.signCount },
  }
}

function isSignature(
  publicKey: Uint8Array,
  action: OperatorAction,
  { authenticatorData, signature }: OperatorAssertion,
): boolean {
  try {
    return p256.verify(signature, concat(authenticatorData, actionHash(action)), publicKey, {
      format: 'der',
      lowS: false,
    })
  } catch {
    return false
  }
}

function readCredential(bytes: Uint8Array): {
  readonly credential: NonNullable<AuthenticatorData['credential']>
  readonly rest: Uint8Array
} {
  const idBytes = (bytes[AAGUID_BYTES] ?? 0) * 256 + (bytes[AAGUID_BYTES + 1] ?? 0)
  const idAt = AAGUID_BYTES + 2
  const xAt = idAt + idBytes + COSE_BEFORE_X.length
  const yAt = xAt + FIELD_BYTES + COSE_BEFORE_Y.length
  const end = yAt + FIELD_BYTES
  if (idBytes === 0 || idBytes > MAX_CREDENTIAL_ID_BYTES) throw wrong('an identifier without bytes')
  if (bytes.length < end) throw wrong('a credential cut short')
  const isEs256 =
    equalBytes(bytes.subarray(idAt + idBytes, xAt), COSE_BEFORE_X) &&
    equalBytes(bytes.subarray(xAt + FIELD_BYTES, yAt), COSE_BEFORE_Y)
  if (!isEs256) throw wrong('a key other than ES256')
  const publicKey = concat(
    Uint8Array.of(4),
    bytes.subarray(xAt, xAt + FIELD_BYTES),
    bytes.subarray(yAt, end),
  )
  if (!p256.utils.isValidPublicKey(publicKey, false)) throw wrong('no point of P-256')
  return {
    credential: {
      aaguid: bytes.slice(0, AAGUID_BYTES),
      credentialId: bytes.slice(idAt, idAt + idBytes),
      publicKey,
    },
    rest: bytes.slice(end),
  }
}

function refused(
  reason: (OperatorVerdict & { readonly outcome: 'refused' })['reason'],
): OperatorVerdict & { readonly outcome: 'refused' } {
  return { outcome: 'refused', reason }
}

function wrong(what: string): PersonhoodError {
  return new PersonhoodError('bytes.operator-key', `authenticator data with ${what}`)
}
