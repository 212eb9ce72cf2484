import { fromText } from './bytes.ts'
import {
  type CborLimits,
  type CborMap,
  type CborValue,
  decodeCbor,
  encodeCbor,
  isTag,
  MESSAGE_LIMITS,
} from './cbor.ts'
import { asKid, KID_BYTES, type Kid } from './cose-key.ts'
import { PersonhoodError } from './errors.ts'
import type { SignatureVerifier } from './secp256k1.ts'

/** COSE algorithm identifier of ES256K (RFC 8812 §3.2). */
export const ES256K = -47

const COSE_SIGN1_TAG = 18
const HEADER_ALG = 1
const HEADER_KID = 4
const HEADER_TYP = 16
const SIGNATURE_BYTES = 64

/** Whoever holds a signing key: its identifier and the act of signing (ES256K over the message). */
export type Signer = { readonly kid: Uint8Array; sign(message: Uint8Array): Uint8Array }

/** A parsed COSE_Sign1 (RFC 9052 §4.2), not yet verified. */
export type Sign1 = {
  readonly kid: Kid
  readonly typ: string | undefined
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  readonly protectedHeader: Uint8Array
}

/**
 * What a signature is for; its name is the external AAD (RFC 9052 §4.4), so a signature made for
 * one purpose never verifies for another. A credential uses none, so any COSE library verifies it.
 */
export type SignatureContext =
  | 'credential'
  | 'pop-delegation-1'
  | 'pop-trust-list-1'
  | 'pop-envelope-1'
  | 'pop-inner-1'
  | 'pop-capture-1'
  | 'pop-status-1'

/** Signs a payload as tagged COSE_Sign1 with alg and kid (and typ, RFC 9596) protected. */
export function signSign1(
  signer: Signer,
  payload: Uint8Array,
  context: SignatureContext,
  typ?: string,
): Uint8Array {
  const header = new Map<number, CborValue>([
    [HEADER_ALG, ES256K],
    [HEADER_KID, signer.kid],
  ])
  if (typ !== undefined) header.set(HEADER_TYP, typ)
  const protectedHeader = encodeCbor(header)
  const signature = signer.sign(sigStructure(protectedHeader, payload, context))
  return encodeCbor({
    tag: COSE_SIGN1_TAG,
    value: [protectedHeader, new Map(), payload, signature],
  })
}

/** Reads a COSE_Sign1 of our profile; throws `bytes.cose` (or `bytes.cbor`) on anything else. */
export function parseSign1(bytes: Uint8Array, limits: CborLimits = MESSAGE_LIMITS): Sign1 {
  const message = decodeCbor(bytes, limits)
  if (!isTag(message) || message.tag !== COSE_SIGN1_TAG) throw malformed('tag 18 is missing')
  const parts = message.value
  if (!Array.isArray(parts) || parts.length !== 4) throw malformed('not an array of four')
  const [protectedHeader, unprotected, payload, signature] = parts as readonly CborValue[]
  if (!(protectedHeader instanceof Uint8Array)) throw malformed('no protected header')
  if (!(unprotected instanceof Map) || unprotected.size > 0) {
    throw malformed('an unprotected header has no place in this profile')
  }
  if (!(payload instanceof Uint8Array)) throw malformed('the payload is detached')
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) {
    throw malformed('the signature is not 64 bytes')
  }
  return { ...parseHeader(protectedHeader), protectedHeader, payload, signature }
}

/** True when this key made the signature for this purpose (over the bytes as received). */
export function verifySign1(
  message: Sign1,
  publicKey: Uint8Array,
  context: SignatureContext,
  verify: SignatureVerifier,
): boolean {
  const signed = sigStructure(message.protectedHeader, message.payload, context)
  return verify(publicKey, signed, message.signature)
}

function parseHeader(bytes: Uint8Array): { kid: Kid; typ: string | undefined } {
  const header = decodeCbor(bytes)
  if (!(header instanceof Map)) throw malformed('the protected header is not a map')
  const map: CborMap = header
  for (const key of map.keys()) {
    // RFC 9052 §3.1: an unknown critical header must be refused; we refuse unknown ones at all.
    if (key !== HEADER_ALG && key !== HEADER_KID && key !== HEADER_TYP) {
      throw malformed(`unknown protected header ${key}`)
    }
  }
  if (map.get(HEADER_ALG) !== ES256K) throw malformed('the algorithm is not ES256K (-47)')
  const kid = map.get(HEADER_KID)
  if (!(kid instanceof Uint8Array) || kid.length !== KID_BYTES) throw malformed('no kid of 8 bytes')
  const typ = map.get(HEADER_TYP)
  if (typ !== undefined && typeof typ !== 'string') throw malformed('typ is not text')
  return { kid: asKid(kid), typ }
}

function sigStructure(
  protectedHeader: Uint8Array,
  payload: Uint8Array,
  context: SignatureContext,
): Uint8Array {
  const external = context === 'credential' ? new Uint8Array() : fromText(context)
  return encodeCbor(['Signature1', protectedHeader, external, payload])
}

function malformed(what: string): PersonhoodError {
  return new PersonhoodError('bytes.cose', `not a COSE_Sign1 of this profile: ${what}`)
}
