import { fromHex } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import type { Kid } from './cose-key.ts'
import { parseSign1, type Signer, signSign1, verifySign1 } from './cose-sign1.ts'
import { type StationPath, stationPath } from './district.ts'
import { hasCode } from './errors.ts'
import {
  bytes,
  decodeRecord,
  encodeRecord,
  field,
  optional,
  record,
  type Schema,
  text,
  uint,
} from './schema.ts'
import { type Aead, openSealed, type RandomBytes, sealTo } from './seal.ts'
import type { SignatureVerifier } from './secp256k1.ts'
import { type ClockReading, MAX_CLOCK_SKEW_S, type UnixSeconds } from './time.ts'
import { findKeys, findSigners, isInForce, type Trust, type TrustedKey } from './trust-list.ts'

/** The signed wrapper of every message between stations (docs/protocol.md §7). */
export type Envelope = {
  readonly version: number
  readonly type: string
  /** Increases by one within an epoch; with kid and epoch it names the message for good. */
  readonly sequence: number
  /** Boot counter of the sender. */
  readonly epoch: number
  readonly issued: UnixSeconds
  /** Seconds after `issued` for which the message may be acted on. */
  readonly ttlS: number
  readonly to: StationPath
  /** Ties an answer to its request, 16 bytes. */
  readonly correlation?: Uint8Array | undefined
  readonly body: Uint8Array
}

/** An envelope whose signature, sender, addressee and time are good. */
export type OpenedEnvelope = Envelope & {
  readonly kid: Kid
  readonly sender: TrustedKey
}

/**
 * Why an envelope is not acted on. Each goes back to a known sender as a signed refusal; a sender
 * whose key is revoked or out of its delegation is not known.
 */
export type EnvelopeFault =
  | 'malformed'
  | 'unknown-sender'
  | 'wrong-signature'
  | 'wrong-version'
  | 'not-for-us'
  | 'expired'
  | 'from-the-future'

/** The version of this envelope. */
export const ENVELOPE_VERSION = 1

/** The envelope's table of fields. */
export const envelopeSchema: Schema<Envelope> = record<Envelope>('envelope', {
  version: field(0, uint(255)),
  type: field(1, text(32)),
  sequence: field(2, uint(0xff_ff_ff_ff)),
  epoch: field(3, uint(0xff_ff_ff_ff)),
  issued: field(4, uint(0xff_ff_ff_ff)),
  ttlS: field(5, uint(0xff_ff_ff_ff)),
  to: field(6, stationPath()),
  correlation: optional(7, bytes(16)),
  body: field(9, bytes(0, 60_000)),
})

/** Signs an envelope with the sender's `relay` key. */
export function signEnvelope(envelope: Envelope, signer: Signer): Uint8Array {
  return signSign1(signer, encodeRecord(envelopeSchema, envelope), 'pop-envelope-1')
}

/** Verifies a received envelope for the station `self`. Never throws on the peer's bytes. */
export function openEnvelope(
  received: Uint8Array,
  self: StationPath,
  trust: Trust,
  clock: ClockReading,
  verify: SignatureVerifier,
): OpenedEnvelope | { readonly fault: EnvelopeFault } {
  const parsed = parseEnvelope(received)
  if (parsed === undefined) return { fault: 'malformed' }
  const { message, envelope } = parsed
  if (findKeys(trust, message.kid, 'relay').length === 0) return { fault: 'unknown-sender' }
  const senders = findSigners(trust, message, 'relay', 'pop-envelope-1', verify)
  if (senders.length === 0) return { fault: 'wrong-signature' }
  const slack = clock.uncertaintyS + MAX_CLOCK_SKEW_S
  // By our clock: whoever has a stolen kiosk writes what time it likes into `issued`.
  const sender = senders.find((key) => isInForce(key, clock.unix, slack))
  if (sender === undefined) return { fault: 'unknown-sender' }
  if (envelope.version !== ENVELOPE_VERSION) return { fault: 'wrong-version' }
  if (envelope.to !== self) return { fault: 'not-for-us' }
  if (envelope.issued > clock.unix + slack) return { fault: 'from-the-future' }
  if (envelope.issued + envelope.ttlS < clock.unix - slack) return { fault: 'expired' }
  return { ...envelope, kid: message.kid, sender }
}

/** The station that an envelope says it is for, before anything in it is verified. */
export function addresseeOf(received: Uint8Array): StationPath | undefined {
  return parseEnvelope(received)?.envelope.to
}

/** What a sealed body is bound to: sender, addressee, type and correlation (docs/protocol.md §7). */
export type SealBinding = {
  readonly senderKid: Uint8Array
  readonly to: StationPath
  readonly type: string
  readonly correlation?: Uint8Array | undefined
}

/** A biometric body: signed by its sender first, so that who opens it can prove its origin, then sealed. */
export function sealBody(
  body: Uint8Array,
  signer: Signer,
  recipientKey: Uint8Array,
  binding: SealBinding,
  aead: Aead,
  randomBytes: RandomBytes,
): Uint8Array {
  const inner = signSign1(signer, body, 'pop-inner-1')
  return sealTo(recipientKey, inner, bindingBytes(binding), aead, randomBytes)
}

/**
 * Opens a sealed body and checks its inner signature by the envelope's sender; `undefined` when it
 * is not for this key or was changed. Throws `bytes.*` where it is no sealed body.
 */
export function openBody(
  opened: OpenedEnvelope,
  privateKey: Uint8Array,
  aead: Aead,
  verify: SignatureVerifier,
): Uint8Array | undefined {
  const { to, type, correlation, sender } = opened
  const aad = bindingBytes({ senderKid: fromHex(opened.kid), to, type, correlation })
  const inner = openSealed(privateKey, opened.body, aad, aead)
  if (inner === undefined) return undefined
  const message = parseSign1(inner)
  return verifySign1(message, sender.publicKey, 'pop-inner-1', verify) ? message.payload : undefined
}

function bindingBytes({ senderKid, to, type, correlation }: SealBinding): Uint8Array {
  return encodeCbor([senderKid, to, type, correlation ?? null])
}

function parseEnvelope(received: Uint8Array) {
  try {
    const message = parseSign1(received)
    return { message, envelope: decodeRecord(envelopeSchema, message.payload) }
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}
