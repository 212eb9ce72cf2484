import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  hkdfSync,
} from 'node:crypto'
import { concat } from '../../protocol/bytes.ts'
import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { asBytes, asMap } from './ctap2.ts'

/** PIN/UV auth protocol one or two (CTAP 2.1 §6.5.6 and §6.5.7). */
export type PinProtocol = 1 | 2

/** A secret that host and key share for one exchange. */
export type SharedSecret = {
  readonly protocol: PinProtocol
  /** Whole blocks of 16 bytes. */
  encrypt(plain: Uint8Array): Uint8Array
  decrypt(sealed: Uint8Array): Uint8Array
  authenticate(message: Uint8Array): Uint8Array
}

/** One side's ephemeral key, and the secret that comes of it with the other's. */
export type KeyAgreement = {
  /** COSE_Key of the public half (§6.5.6, getPublicKey). */
  readonly coseKey: CborMap
  agree(peer: CborValue | undefined, protocol: PinProtocol): SharedSecret
}

/** That many random bytes. */
export type RandomBytes = (lengthBytes: number) => Uint8Array

const BLOCK_BYTES = 16
const ZERO_IV = new Uint8Array(BLOCK_BYTES)
const ZERO_SALT = new Uint8Array(32)
const FIELD_BYTES = 32
/** COSE: EC2, the algorithm that CTAP writes there although it does not sign, curve P-256. */
const COSE_HEAD = [
  [1, 2],
  [3, -25],
  [-1, 1],
] as const

/** A fresh key on P-256; `random` gives that many random bytes. */
export function createKeyAgreement(random: RandomBytes): KeyAgreement {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(drawScalar(random))
  const point = Uint8Array.from(ecdh.getPublicKey())
  return {
    coseKey: new Map<number, CborValue>([
      ...COSE_HEAD,
      [-2, point.slice(1, 1 + FIELD_BYTES)],
      [-3, point.slice(1 + FIELD_BYTES)],
    ]),
    agree: (peer, protocol) => {
      const key = asMap(peer, 'a key of agreement')
      const x = asBytes(key.get(-2), 'its x')
      const y = asBytes(key.get(-3), 'its y')
      const isFit = x.length === FIELD_BYTES && y.length === FIELD_BYTES && key.get(-1) === 1
      if (!isFit) throw wrong('a key of agreement that is no point of P-256')
      return secretOf(
        protocol,
        random,
        sharedX(() => ecdh.computeSecret(concat(Uint8Array.of(4), x, y))),
      )
    },
  }
}

/** The first 16 bytes of the PIN's hash (§6.5.5.7). */
export function pinHash(pin: string): Uint8Array {
  return sha256(new TextEncoder().encode(pin)).slice(0, BLOCK_BYTES)
}

/** A new PIN as it is sent: 4..63 bytes of UTF-8, filled up to 64 with zeros (§6.5.5.5). */
export function paddedPin(pin: string): Uint8Array {
  const bytes = new TextEncoder().encode(pin.normalize('NFC'))
  if ([...pin].length < 4 || bytes.length > 63) {
    throw new PersonhoodError('call.fido-pin', 'a PIN has at least 4 letters and at most 63 bytes')
  }
  return concat(bytes, new Uint8Array(64 - bytes.length))
}

/** What a token proves over a message (§6.5.6 and §6.5.7, authenticate). */
export function authenticateWith(
  token: Uint8Array,
  protocol: PinProtocol,
  message: Uint8Array,
): Uint8Array {
  const mac = hmac(token, message)
  return protocol === 1 ? mac.slice(0, BLOCK_BYTES) : mac
}

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(bytes).digest())
}

function secretOf(protocol: PinProtocol, random: RandomBytes, z: Uint8Array): SharedSecret {
  return protocol === 1 ? secretOne(sha256(z)) : secretTwo(random, z)
}

/** A private key: 0 < key < the order of P-256, which begins with FFFFFFFF 00000000 FFFFFFFF (SP 800-186 §3.2.1.3). */
function drawScalar(random: RandomBytes): Uint8Array {
  for (;;) {
    const key = random(FIELD_BYTES)
    // Below the order for sure, at the cost of one draw in four thousand millions.
    if (key.subarray(0, 4).some((byte) => byte !== 0xff) && key.some((byte) => byte !== 0)) {
      return key
    }
  }
}

function secretOne(key: Uint8Array): SharedSecret {
  return {
    protocol: 1,
    encrypt: (plain) => cipher(key, ZERO_IV, plain),
    decrypt: (sealed) => decipher(key, ZERO_IV, sealed),
    authenticate: (message) => authenticateWith(key, 1, message),
  }
}

function secretTwo(random: RandomBytes, z: Uint8Array): SharedSecret {
  const expand = (info: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', z, ZERO_SALT, new TextEncoder().encode(info), 32))
  const macKey = expand('CTAP2 HMAC key')
  const key = expand('CTAP2 AES key')
  return {
    protocol: 2,
    encrypt: (plain) => {
      const iv = random(BLOCK_BYTES)
      return concat(iv, cipher(key, iv, plain))
    },
    decrypt: (sealed) =>
      decipher(key, sealed.subarray(0, BLOCK_BYTES), sealed.subarray(BLOCK_BYTES)),
    authenticate: (message) => authenticateWith(macKey, 2, message),
  }
}

function sharedX(compute: () => Uint8Array): Uint8Array {
  try {
    return Uint8Array.from(compute())
  } catch (cause) {
    throw wrong('a key of agreement that is no point of P-256', cause)
  }
}

function cipher(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const aes = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return concat(Uint8Array.from(aes.update(plain)), Uint8Array.from(aes.final()))
}

function decipher(key: Uint8Array, iv: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (iv.length !== BLOCK_BYTES || sealed.length === 0 || sealed.length % BLOCK_BYTES !== 0) {
    throw wrong('sealed bytes of no whole block')
  }
  const aes = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return concat(Uint8Array.from(aes.update(sealed)), Uint8Array.from(aes.final()))
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', key).update(message).digest())
}

function wrong(what: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('bytes.fido', `the security key answers with ${what}`, { cause })
}
