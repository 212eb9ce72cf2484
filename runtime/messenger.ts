import { fromText, toText } from '../protocol/bytes.ts'
import type { StationPath } from '../protocol/district.ts'
import {
  ENVELOPE_VERSION,
  type EnvelopeFault,
  type OpenedEnvelope,
  openBody,
  openEnvelope,
  sealBody,
  signEnvelope,
} from '../protocol/envelope.ts'
import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import type { Aead } from '../protocol/seal.ts'
import type { SignatureVerifier } from '../protocol/secp256k1.ts'
import { stationKeys } from '../protocol/trust-list.ts'
import type { Clock } from './clock.ts'
import { open, randomBytes, seal } from './crypto.ts'
import type { Station } from './station.ts'
import type { Store } from './store.ts'
import type { TrustKeeper } from './trust-keeper.ts'

/** AES-256-GCM of this machine, as `protocol/` takes it. */
export const nodeAead: Aead = { seal, open }

/** A message to compose; its sequence number, epoch and time are the messenger's. */
export type Outgoing = {
  readonly type: string
  readonly to: StationPath
  readonly body: Uint8Array
  readonly ttlS: number
  /** Ties answer to request, or names the record; 16 bytes. */
  readonly correlation?: Uint8Array | undefined
  /** Biometric bodies are signed within, sealed to the addressee, and signed again. */
  readonly isSealed?: boolean
}

/** One station's voice: signs, seals, opens. It sends nothing. */
export type Messenger = {
  readonly epoch: number
  /** Bytes of a signed envelope; throws `call.no-recipient-key` where a sealed one has no addressee key. */
  compose(message: Outgoing): Uint8Array
  /** The body alone as it goes into an envelope: sealed where the message is. */
  bodyOf(message: Omit<Outgoing, 'ttlS'>): Uint8Array
  /** A received envelope, or why it is not acted on. */
  open(received: Uint8Array): OpenedEnvelope | { readonly fault: EnvelopeFault }
  /** The body of an envelope that was sealed to us; `undefined` where it cannot be opened. */
  openSealed(opened: OpenedEnvelope): Uint8Array | undefined
}

const TABLE = 'messenger'
const EPOCH = 'epoch'

/** Opens the messenger and makes its new epoch durable: one for each start of the process. */
export async function openMessenger(options: {
  readonly station: Station
  readonly trust: TrustKeeper
  readonly clock: Clock
  readonly store: Store
  readonly verify: SignatureVerifier
}): Promise<Messenger> {
  const { station, trust, clock, store, verify } = options
  const epoch = await nextEpoch(store)
  const signer = station.signer('relay')
  let sequence = 0
  function bodyOf(message: Omit<Outgoing, 'ttlS'>): Uint8Array {
    if (message.isSealed !== true) return message.body
    const [recipient] = stationKeys(trust.current, message.to, 'seal', clock.now().unix)
    if (recipient === undefined) {
      throw new PersonhoodError(
        'call.no-recipient-key',
        `the trust list has no seal key of ${message.to}`,
      )
    }
    const binding = { ...message, senderKid: signer.kid }
    return sealBody(message.body, signer, recipient.publicKey, binding, nodeAead, randomBytes)
  }
  return {
    epoch,
    bodyOf,
    compose(message) {
      const { type, to, ttlS, correlation } = message
      const body = bodyOf(message)
      const issued = clock.now().unix
      const envelope = {
        version: ENVELOPE_VERSION,
        type,
        sequence,
        epoch,
        issued,
        ttlS,
        to,
        correlation,
        body,
      }
      sequence += 1
      return signEnvelope(envelope, signer)
    },
    open: (received) => openEnvelope(received, station.path, trust.current, clock.now(), verify),
    openSealed(opened) {
      try {
        return openBody(opened, station.sealKey, nodeAead, verify)
      } catch (error) {
        if (hasCode(error, 'bytes')) return undefined
        throw error
      }
    },
  }
}

/** An epoch that nobody has: whoever opens at the same time fails the condition and takes the next. */
async function nextEpoch(store: Store): Promise<number> {
  for (;;) {
    const last = await store.get(TABLE, EPOCH)
    const epoch = last === undefined ? 1 : Number(toText(last)) + 1
    if (!Number.isSafeInteger(epoch)) {
      throw new PersonhoodError('store.damaged', 'the messenger has lost count of its epochs')
    }
    const isTaken = await store.commit({
      conditions: [{ table: TABLE, key: EPOCH, value: last }],
      writes: [{ table: TABLE, key: EPOCH, value: fromText(String(epoch)) }],
    })
    if (isTaken) return epoch
  }
}
