import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromText } from '../bytes.ts'
import type { SignatureVerifier } from '../secp256k1.ts'
import { Sw } from './apdu.ts'
import { decodeCardFile } from './layout.ts'
import { type CardScript, readNdefFile, selectNdefApplication } from './ntag424.ts'
import type { CardReading } from './personhood-card.ts'

/**
 * AID of the application on a card with an elliptic key of its own: F0 for one that is registered
 * nowhere (ISO/IEC 7816-5), `pop-card`, version 1.
 */
export const ELLIPTIC_APPLICATION: Uint8Array = concat(
  Uint8Array.of(0xf0),
  fromText('pop-card'),
  Uint8Array.of(0x01),
)

/** Short identifier of the file with the card's public key and its maker's attestation. */
export const CERTIFICATE_FILE = 0x01

/** Bytes of a challenge, and of the answer r ‖ s. */
export const ELLIPTIC_CHALLENGE_BYTES = 32
export const ELLIPTIC_ANSWER_BYTES = 64

/** What the certificate file holds: length 2, public key 33, then what its maker says of it. */
export type CardCertificate = {
  /** secp256k1, compressed. */
  readonly publicKey: Uint8Array
  /** Opaque here: whoever issues to the card judges it; 0 to 200 bytes. */
  readonly attestation: Uint8Array
}

const PUBLIC_KEY_BYTES = 33
const MAX_ATTESTATION_BYTES = 200
const KEY_LABEL = fromText('pop-card-key-1')
const ANSWER_LABEL = fromText('pop-card-auth-1')
/** Order n of secp256k1 (SEC 2 §2.4.1). */
const ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n

/** The bytes of the certificate file. */
export function encodeCertificate({ publicKey, attestation }: CardCertificate): Uint8Array {
  const length = publicKey.length + attestation.length
  return concat(Uint8Array.of(length >> 8, length), publicKey, attestation)
}

/** Reads the certificate file; undefined where it is cut, too long or without a compressed key. */
export function decodeCertificate(bytes: Uint8Array): CardCertificate | undefined {
  const [high = 0, low = 0, form] = bytes
  const length = high * 256 + low
  const isLong = length > PUBLIC_KEY_BYTES + MAX_ATTESTATION_BYTES
  if (length < PUBLIC_KEY_BYTES || isLong || bytes.length < 2 + length) return undefined
  if (form !== 0x02 && form !== 0x03) return undefined
  return {
    publicKey: bytes.slice(2, 2 + PUBLIC_KEY_BYTES),
    attestation: bytes.slice(2 + PUBLIC_KEY_BYTES, 2 + length),
  }
}

/** What stands for r in the binding of a credential to such a card: its key itself, hashed to 16 bytes. */
export function ellipticBindingSecret(publicKey: Uint8Array): Uint8Array {
  return sha256(concat(KEY_LABEL, publicKey)).slice(0, 16)
}

/** What the card signs to prove that it has its key. */
export function ellipticMessage(uid: Uint8Array, challenge: Uint8Array): Uint8Array {
  return concat(ANSWER_LABEL, uid, challenge)
}

/** What the verification of such a card takes. */
export type EllipticTools = {
  readonly random: (lengthBytes: number) => Uint8Array
  readonly verify: SignatureVerifier
}

/** Selects the application and reads its certificate; undefined where the card has none. */
export function* readCertificate(): CardScript<CardCertificate | undefined> {
  const data = ELLIPTIC_APPLICATION
  const selected = yield { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, data, le: 256 }
  if (selected.sw !== Sw.ok) return undefined
  const read = yield { cla: 0x00, ins: 0xb0, p1: 0x80 | CERTIFICATE_FILE, p2: 0x00, le: 256 }
  return read.sw === Sw.ok ? decodeCertificate(read.data) : undefined
}

/** INTERNAL AUTHENTICATE (ISO/IEC 7816-4 §11.5.2): true where the card has the key of its certificate. */
export function* proveKey(
  { random, verify }: EllipticTools,
  uid: Uint8Array,
  { publicKey }: CardCertificate,
): CardScript<boolean> {
  const challenge = random(ELLIPTIC_CHALLENGE_BYTES)
  const { sw, data } = yield {
    cla: 0x00,
    ins: 0x88,
    p1: 0x00,
    p2: 0x00,
    data: challenge,
    le: ELLIPTIC_ANSWER_BYTES,
  }
  if (sw !== Sw.ok || data.length !== ELLIPTIC_ANSWER_BYTES) return false
  return verify(publicKey, ellipticMessage(uid, challenge), lowered(data))
}

/** Reads a Type 4 Tag that is no NTAG 424 DNA: our file, and the proof of its own key where it has one. */
export function* readEllipticCard(tools: EllipticTools, uid: Uint8Array): CardScript<CardReading> {
  const isThere = yield* selectNdefApplication()
  const file = isThere ? yield* readNdefFile() : undefined
  const contents = file ? decodeCardFile(file) : ({ kind: 'foreign' } as const)
  const plain: CardReading = {
    uid,
    contents,
    proof: { kind: 'none' },
    isUnfinished: false,
    isUnproven: false,
  }
  if (contents.kind !== 'personhood') return plain
  const certificate = yield* readCertificate()
  if (certificate === undefined) return plain
  if (!(yield* proveKey(tools, uid, certificate))) return { ...plain, isUnproven: true }
  const r = ellipticBindingSecret(certificate.publicKey)
  return { ...plain, proof: { kind: 'authenticated', uid, r } }
}

/** Cards make s as it comes; our profile takes its lower half alone. */
function lowered(signature: Uint8Array): Uint8Array {
  const s = signature.subarray(32).reduce((value, byte) => value * 256n + BigInt(byte), 0n)
  if (s <= ORDER / 2n || s >= ORDER) return signature
  let rest = ORDER - s
  const low = signature.slice()
  for (let at = 63; at >= 32; at--) {
    low[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return low
}
