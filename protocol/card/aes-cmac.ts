import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'

/** AES-128 in CBC without padding, whole blocks only: what a card's messages are made of. */
export type Aes = {
  readonly encryptCbc: (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array) => Uint8Array
  readonly decryptCbc: (key: Uint8Array, iv: Uint8Array, blocks: Uint8Array) => Uint8Array
}

/** Bytes of a block, of a key and of a whole CMAC. */
export const AES_BYTES = 16

/** An initial vector of zeros. */
export const ZERO_IV: Uint8Array = new Uint8Array(AES_BYTES)

/** Bytes of the CMAC as cards send it. */
export const SHORT_MAC_BYTES = 8

/** AES-CMAC over a message of any length, 16 bytes (RFC 4493 §2.4). */
export function aesCmac(aes: Aes, key: Uint8Array, message: Uint8Array): Uint8Array {
  if (key.length !== AES_BYTES) {
    throw new PersonhoodError('call.key', `an AES-128 key has 16 bytes, not ${key.length}`)
  }
  const k1 = doubled(aes.encryptCbc(key, ZERO_IV, ZERO_IV))
  const isWhole = message.length > 0 && message.length % AES_BYTES === 0
  const padded = isWhole ? message.slice() : pad(message)
  const subkey = isWhole ? k1 : doubled(k1)
  const last = padded.length - AES_BYTES
  for (const [i, byte] of subkey.entries()) padded[last + i] = (padded[last + i] ?? 0) ^ byte
  return aes.encryptCbc(key, ZERO_IV, padded).slice(-AES_BYTES)
}

/** Every second byte of a CMAC, from the second on: the 8 bytes that NTAG 424 DNA sends (NT4H2421Gx §9.1.3). */
export function shortMac(mac: Uint8Array): Uint8Array {
  return mac.filter((_, i) => i % 2 === 1)
}

/** 80, then zeros up to a whole block; a whole block more where it was whole (ISO/IEC 9797-1, method 2). */
export function pad(message: Uint8Array): Uint8Array {
  const length = (Math.floor(message.length / AES_BYTES) + 1) * AES_BYTES
  const padded = new Uint8Array(length)
  padded.set(message)
  padded[message.length] = 0x80
  return padded
}

/** The message without its padding, or undefined where there is none. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  const end = padded.findLastIndex((byte) => byte !== 0)
  const isPadded = padded[end] === 0x80 && padded.length - end <= AES_BYTES
  return isPadded ? padded.slice(0, end) : undefined
}

/** RFC 4493 §2.3: the value times x in GF(2^128). */
function doubled(block: Uint8Array): Uint8Array {
  const shifted = block.map((byte, i) => (byte << 1) | ((block[i + 1] ?? 0) >> 7))
  if ((block[0] ?? 0) & 0x80) shifted[15] = (shifted[15] ?? 0) ^ 0x87
  return concat(shifted)
}
