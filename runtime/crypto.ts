import {
  type Cipher,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type Decipher,
  generateKeyPairSync,
  type KeyObject,
  randomBytes as nodeRandomBytes,
  sign,
  verify,
} from 'node:crypto'
import { deflateSync, inflateSync } from 'node:zlib'
import { concat, fromHex } from '../protocol/bytes.ts'
import type { Aes } from '../protocol/card/aes-cmac.ts'
import { PersonhoodError } from '../protocol/errors.ts'

const TAG_BYTES = 16

/** Fresh bytes from the system's generator. */
export function randomBytes(lengthBytes: number): Uint8Array {
  return plain(nodeRandomBytes(lengthBytes))
}

/** AES-256-GCM with a 12-byte nonce: ciphertext, then the 16-byte tag (RFC 5116 §5.2). */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

/** The plaintext that `seal` took, or undefined where key, nonce, aad or any bit differs. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const split = sealed.length - TAG_BYTES
  if (split < 0) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(split))
  const body = decipher.update(sealed.subarray(0, split))
  try {
    return concat(body, decipher.final())
  } catch {
    return undefined
  }
}

// RFC 8410 §10.3 and §4: what stands before the 32 raw bytes in PKCS #8 and in SubjectPublicKeyInfo.
const ED25519_PKCS8 = Uint8Array.of(
  0x30,
  46,
  2,
  1,
  0,
  0x30,
  5,
  6,
  3,
  0x2b,
  0x65,
  0x70,
  4,
  34,
  4,
  32,
)
const ED25519_SPKI = Uint8Array.of(0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0)

// RFC 5480 §2.1.1 with the compressed point of SEC 1 §2.3.3: id-ecPublicKey, secp256k1 (1.3.132.0.10).
const SECP256K1_SPKI = fromHex('3036301006072a8648ce3d020106052b8104000a032200')
/** (n - 1) / 2 of SEC 2 §2.4.1: the largest low s. */
const HALF_ORDER = fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')

/** A new Ed25519 pair as raw bytes: the 32-byte seed and the 32-byte public key (RFC 8032 §5.1.5). */
export function generateEd25519(): {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
} {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  const secretKey = plain(pkcs8).slice(-32)
  return { secretKey, publicKey: publicEd25519(secretKey) }
}

/** The 32-byte public key of a 32-byte Ed25519 seed. */
export function publicEd25519(secretKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateEd25519(secretKey)).export({ type: 'spki', format: 'der' })
  return plain(spki).slice(-32)
}

/** The 64-byte Ed25519 signature of a message under a 32-byte seed. */
export function signEd25519(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  return plain(sign(null, message, privateEd25519(secretKey)))
}

/** True when the 64 bytes are an Ed25519 signature of the message by the raw 32-byte key. */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const key = createPublicKey({
    key: Buffer.from(concat(ED25519_SPKI, publicKey)),
    format: 'der',
    type: 'spki',
  })
  return verify(null, message, key, signature)
}

/**
 * True when the 64 bytes r || s are an ECDSA signature over SHA-256 of the message by the 33-byte
 * compressed secp256k1 key (RFC 8812 ES256K). High-S is false, as our credential profile says:
 * OpenSSL takes it, and whoever sees one signature can make the other.
 */
export function verifySecp256k1(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 33 || signature.length !== 64) return false
  if (Buffer.compare(signature.subarray(32), HALF_ORDER) > 0) return false
  try {
    const key = createPublicKey({
      key: Buffer.from(concat(SECP256K1_SPKI, publicKey)),
      format: 'der',
      type: 'spki',
    })
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false // the key is not a point of the curve
  }
}

/** AES-128-CBC without padding (NIST SP 800-38A §6.2), for whole blocks: what card messages are made of. */
export const aes128: Aes = {
  encryptCbc: (key, iv, blocks) => cbc(createCipheriv('aes-128-cbc', key, iv), blocks),
  decryptCbc: (key, iv, blocks) => cbc(createDecipheriv('aes-128-cbc', key, iv), blocks),
}

function cbc(cipher: Cipher | Decipher, blocks: Uint8Array): Uint8Array {
  cipher.setAutoPadding(false)
  return concat(cipher.update(blocks), cipher.final())
}

/** Compresses into the zlib format (RFC 1950). */
export function deflate(bytes: Uint8Array): Uint8Array {
  return plain(deflateSync(bytes, { level: 9 }))
}

/** Expands the zlib format (RFC 1950); throws `bytes.zlib` where it is broken or passes `maxBytes`. */
export function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return plain(inflateSync(bytes, { maxOutputLength: maxBytes }))
  } catch (cause) {
    throw new PersonhoodError(
      'bytes.zlib',
      `${bytes.length} bytes are not zlib data of at most ${maxBytes} bytes`,
      { cause },
    )
  }
}

function privateEd25519(secretKey: Uint8Array): KeyObject {
  if (secretKey.length !== 32) {
    throw new PersonhoodError('call.key', `an Ed25519 seed has 32 bytes, not ${secretKey.length}`)
  }
  const key = Buffer.from(concat(ED25519_PKCS8, secretKey))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** Own copy, so that nobody sees Node's shared pool behind `buffer`. */
function plain(buffer: Uint8Array): Uint8Array {
  return Uint8Array.from(buffer)
}
