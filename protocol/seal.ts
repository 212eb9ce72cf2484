import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equalBytes, fromText } from './bytes.ts'
import { type CborValue, decodeCbor, encodeCbor, isTag } from './cbor.ts'
import { asKid, type Kid, kidBytesOf } from './cose-key.ts'
import { PersonhoodError } from './errors.ts'
import { privateKeyFrom, publicKeyOf, sharedSecret } from './secp256k1.ts'

/** AES-256-GCM from outside: 32-byte key, 12-byte nonce; sealed = ciphertext with its 16-byte tag. */
export type Aead = {
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
  ): Uint8Array | undefined
}

/** Random bytes from outside. */
export type RandomBytes = (length: number) => Uint8Array

const COSE_ENCRYPT_TAG = 96
const A256GCM = 3
const ECDH_ES_HKDF_256 = -25
const NONCE_BYTES = 12
const LIMITS = { maxBytes: 65_536, maxDepth: 8 }

const HEADER = encodeCbor(new Map([[1, A256GCM]]))
const RECIPIENT_HEADER = encodeCbor(new Map([[1, ECDH_ES_HKDF_256]]))

/**
 * Seals a body to one key: COSE_Encrypt (RFC 9052 §5.1) with direct ECDH-ES + HKDF-256 (RFC 9053
 * §6.3.1) over secp256k1 and A256GCM. A fresh key pair each time; `aad` is not in the message.
 */
export function sealTo(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  aead: Aead,
  randomBytes: RandomBytes,
): Uint8Array {
  const privateKey = privateKeyFrom(randomBytes(48))
  const ephemeral = publicKeyOf(privateKey)
  const nonce = randomBytes(NONCE_BYTES)
  const key = contentKey(sharedSecret(privateKey, publicKey), ephemeral, publicKey)
  const sealed = aead.seal(key, nonce, encStructure(aad), plaintext)
  return encodeSealed({ kid: kidBytesOf(publicKey), nonce, sealed, ephemeral })
}

/** The kid that a sealed body is for; throws `bytes.seal` where it is not a sealed body. */
export function sealedFor(received: Uint8Array): Kid {
  return asKid(parseSealed(received).kid)
}

/**
 * Opens a sealed body; `undefined` when it was not made for this key, for this `aad`, or was
 * changed. Throws `bytes.seal` where the bytes are no sealed body at all.
 */
export function openSealed(
  privateKey: Uint8Array,
  received: Uint8Array,
  aad: Uint8Array,
  aead: Aead,
): Uint8Array | undefined {
  const { kid, nonce, sealed, ephemeral } = parseSealed(received)
  const publicKey = publicKeyOf(privateKey)
  if (!equalBytes(kid, kidBytesOf(publicKey))) return undefined
  const key = contentKey(sharedSecret(privateKey, ephemeral), ephemeral, publicKey)
  return aead.open(key, nonce, encStructure(aad), sealed)
}

/**
 * HKDF over COSE_KDF_Context (RFC 9053 §5.2). Who speaks to whom is in the AAD; `other` of
 * SuppPubInfo takes both public keys: the shared x coordinate alone is the same for a point and its
 * negative, so without it the ephemeral key's sign could be flipped unseen.
 */
function contentKey(secret: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  const party = [null, null, null]
  const other = concat(fromText('pop-seal-1'), ephemeral, recipient)
  const info = encodeCbor([A256GCM, party, party, [256, RECIPIENT_HEADER, other]])
  return hkdf(sha256, secret, undefined, info, 32)
}

function encStructure(aad: Uint8Array): Uint8Array {
  return encodeCbor(['Encrypt', HEADER, aad])
}

function encodeSealed({ kid, nonce, sealed, ephemeral }: Sealed): Uint8Array {
  const unprotected = new Map<number, CborValue>([
    [-1, ephemeralCoseKey(ephemeral)],
    [4, kid],
  ])
  const recipients = [[RECIPIENT_HEADER, unprotected, new Uint8Array()]]
  return encodeCbor({
    tag: COSE_ENCRYPT_TAG,
    value: [HEADER, new Map<number, CborValue>([[5, nonce]]), sealed, recipients],
  })
}

/** Compressed point form (RFC 9053 §7.1.1): y is its sign as a boolean. */
function ephemeralCoseKey(compressed: Uint8Array): CborValue {
  return new Map<number, CborValue>([
    [1, 2],
    [-1, 8],
    [-2, compressed.slice(1)],
    [-3, compressed[0] === 3],
  ])
}

type Sealed = {
  readonly kid: Uint8Array
  readonly nonce: Uint8Array
  readonly sealed: Uint8Array
  readonly ephemeral: Uint8Array
}

/** Only the one shape that `sealTo` writes: what differs in a byte is refused. */
function parseSealed(received: Uint8Array): Sealed {
  const message = decodeCbor(received, LIMITS)
  if (!isTag(message) || message.tag !== COSE_ENCRYPT_TAG) throw malformed('tag 96 is missing')
  const [, unprotected, sealed, recipients] = asList(message.value)
  const nonce = unprotected instanceof Map ? unprotected.get(5) : undefined
  const [, info] = asList(asList(recipients)[0])
  const point = info instanceof Map ? info.get(-1) : undefined
  const kid = info instanceof Map ? info.get(4) : undefined
  const x = point instanceof Map ? point.get(-2) : undefined
  const sign = point instanceof Map ? point.get(-3) : undefined
  if (!isBytes(nonce, NONCE_BYTES) || !isBytes(kid, 8) || !isBytes(x, 32)) {
    throw malformed('nonce, kid or ephemeral key is missing')
  }
  if (!(sealed instanceof Uint8Array) || typeof sign !== 'boolean') {
    throw malformed('no ciphertext or no key sign')
  }
  const ephemeral = new Uint8Array(33)
  ephemeral[0] = sign ? 3 : 2
  ephemeral.set(x, 1)
  const parts = { kid, nonce, sealed, ephemeral }
  // What stands outside the ciphertext is not authenticated, so it has one form only.
  if (!equalBytes(encodeSealed(parts), received)) throw malformed('another algorithm or header')
  return parts
}

function asList(value: CborValue | undefined): readonly CborValue[] {
  return Array.isArray(value) ? (value as readonly CborValue[]) : []
}

function isBytes(value: CborValue | undefined, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length
}

function malformed(what: string): PersonhoodError {
  return new PersonhoodError('bytes.seal', `not a sealed body of this profile: ${what}`)
}
