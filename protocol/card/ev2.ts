import { concat, equalBytes } from '../bytes.ts'
import { AES_BYTES, type Aes, aesCmac, ZERO_IV } from './aes-cmac.ts'

/** Keys and state of an authenticated session with an NTAG 424 DNA (NT4H2421Gx §9.1). */
export type Ev2Session = {
  /** Slot of the key that was proven, 0 to 4. */
  readonly slot: number
  /** Transaction identifier, 4 bytes: the card chose it at the first authentication. */
  readonly transaction: Uint8Array
  readonly encryptionKey: Uint8Array
  readonly macKey: Uint8Array
  /** Commands answered so far, 0 to 65535. */
  readonly counter: number
}

/** Two keys of 16 bytes, made anew at each authentication. */
export type SessionKeys = Pick<Ev2Session, 'encryptionKey' | 'macKey'>

/** Bytes of a challenge, RndA or RndB. */
export const CHALLENGE_BYTES = 16

const TRANSACTION_BYTES = 4
const CAPABILITY_BYTES = 6
/** TI, RndA', PDcap2, PCDcap2 (NT4H2421Gx §10.4.1). */
const FIRST_ANSWER_BYTES: number = TRANSACTION_BYTES + CHALLENGE_BYTES + 2 * CAPABILITY_BYTES

/** The session keys of a key and both challenges (NT4H2421Gx §9.1.7, SV1 and SV2). */
export function sessionKeys(
  aes: Aes,
  key: Uint8Array,
  rndA: Uint8Array,
  rndB: Uint8Array,
): SessionKeys {
  const mixed = rndA.subarray(2, 8).map((byte, i) => byte ^ (rndB[i] ?? 0))
  const context = concat(rndA.subarray(0, 2), mixed, rndB.subarray(6), rndA.subarray(8))
  const derive = (...label: readonly number[]): Uint8Array =>
    aesCmac(aes, key, concat(Uint8Array.of(...label, 0x00, 0x01, 0x00, 0x80), context))
  return { encryptionKey: derive(0xa5, 0x5a), macKey: derive(0x5a, 0xa5) }
}

/** The challenge turned left by one byte: what proves that it was decrypted. */
export function rotated(challenge: Uint8Array): Uint8Array {
  return concat(challenge.subarray(1), challenge.subarray(0, 1))
}

/** Reads the card's challenge and makes the reader's reply to it; undefined where its length is wrong. */
export function answerChallenge(
  aes: Aes,
  key: Uint8Array,
  rndA: Uint8Array,
  encryptedRndB: Uint8Array,
): { readonly rndB: Uint8Array; readonly reply: Uint8Array } | undefined {
  if (encryptedRndB.length !== CHALLENGE_BYTES) return undefined
  const rndB = aes.decryptCbc(key, ZERO_IV, encryptedRndB)
  return { rndB, reply: aes.encryptCbc(key, ZERO_IV, concat(rndA, rotated(rndB))) }
}

/** What both sides know when the card has answered. */
export type Handshake = {
  readonly slot: number
  readonly key: Uint8Array
  readonly rndA: Uint8Array
  readonly rndB: Uint8Array
}

/** The session that AuthenticateEV2First ends in; undefined where the card did not prove its key. */
export function finishFirst(
  aes: Aes,
  { slot, key, rndA, rndB }: Handshake,
  answer: Uint8Array,
): Ev2Session | undefined {
  if (answer.length !== FIRST_ANSWER_BYTES) return undefined
  const plain = aes.decryptCbc(key, ZERO_IV, answer)
  const echo = plain.subarray(TRANSACTION_BYTES, TRANSACTION_BYTES + CHALLENGE_BYTES)
  if (!equalBytes(echo, rotated(rndA))) return undefined
  const transaction = plain.slice(0, TRANSACTION_BYTES)
  return { slot, transaction, counter: 0, ...sessionKeys(aes, key, rndA, rndB) }
}

/** The session after AuthenticateEV2NonFirst: transaction and counter go on from the one before. */
export function finishNonFirst(
  aes: Aes,
  { slot, key, rndA, rndB }: Handshake,
  { transaction, counter }: Ev2Session,
  answer: Uint8Array,
): Ev2Session | undefined {
  if (answer.length !== AES_BYTES) return undefined
  const isProven = equalBytes(aes.decryptCbc(key, ZERO_IV, answer), rotated(rndA))
  if (!isProven) return undefined
  return { slot, transaction, counter, ...sessionKeys(aes, key, rndA, rndB) }
}
