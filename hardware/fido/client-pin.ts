import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { asBytes, Ctap, type CtapAnswer, PinCommand, Status } from './ctap2.ts'
import type { FidoLink } from './hid-link.ts'
import { createKeyAgreement, type PinProtocol, pinHash, type SharedSecret } from './pin-protocol.ts'
import { type KeyRefusal, refusalOf } from './refusal.ts'
import { transact } from './transact.ts'
import type { KeepaliveStatus, TransactionOptions } from './transaction.ts'

/** A secret shared with a key, and our half of the agreement that it comes from. */
export type Agreed = { readonly coseKey: CborMap; readonly shared: SharedSecret }

/** What a token is wanted for. */
export type TokenRequest = {
  readonly rpId: string
  readonly permission: number
  /** Without a PIN the key verifies its holder itself. */
  readonly pin: string | undefined
  /** The key gives tokens with permissions; an older one gives a token for everything. */
  readonly hasPermissions: boolean
  readonly onStatus: ((status: KeepaliveStatus) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** Agrees on a secret with the key (CTAP 2.1 §6.5.5.4). */
export async function keyAgreement(
  link: FidoLink,
  protocol: PinProtocol,
  signal: AbortSignal | undefined,
): Promise<Agreed> {
  const { status, fields } = await ask(link, protocol, PinCommand.getKeyAgreement, [], { signal })
  if (status !== Status.ok) {
    throw new PersonhoodError('device.refused', `the security key agrees on no secret (${status})`)
  }
  const ours = createKeyAgreement(link.random)
  return { coseKey: ours.coseKey, shared: ours.agree(fields.get(1), protocol) }
}

/** A token that authorises what the key is asked next (§6.5.5.7), or why there is none. */
export async function requestToken(
  link: FidoLink,
  protocol: PinProtocol,
  request: TokenRequest,
): Promise<{ readonly bytes: Uint8Array } | KeyRefusal> {
  const { pin, permission, rpId, hasPermissions, signal, onStatus } = request
  const agreed = await keyAgreement(link, protocol, signal)
  const parameters: [number, CborValue][] = [[3, agreed.coseKey]]
  if (pin !== undefined) parameters.push([6, agreed.shared.encrypt(pinHash(pin.normalize('NFC')))])
  if (hasPermissions) parameters.push([9, permission], [10, rpId])
  const command = pin === undefined ? PinCommand.getTokenByUv : pinCommandOf(hasPermissions)
  const answer = await ask(link, protocol, command, parameters, { signal, onStatus })
  if (answer.status === Status.ok) {
    return { bytes: agreed.shared.decrypt(asBytes(answer.fields.get(2), 'a token')) }
  }
  const refusal = refusalOf(answer.status)
  if (refusal.reason !== 'pin-wrong') return refusal
  const retries = await retriesLeft(link, protocol, signal)
  return retries === undefined ? refusal : { ...refusal, retries }
}

/** Gives a key its first PIN (§6.5.5.5); nothing where that went well. */
export async function setPin(
  link: FidoLink,
  protocol: PinProtocol,
  padded: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<KeyRefusal | undefined> {
  const { coseKey, shared } = await keyAgreement(link, protocol, signal)
  const sealed = shared.encrypt(padded)
  const parameters: [number, CborValue][] = [
    [3, coseKey],
    [4, shared.authenticate(sealed)],
    [5, sealed],
  ]
  const { status } = await ask(link, protocol, PinCommand.setPin, parameters, { signal })
  return status === Status.ok ? undefined : refusalOf(status)
}

function pinCommandOf(hasPermissions: boolean): number {
  return hasPermissions ? PinCommand.getTokenByPin : PinCommand.getToken
}

async function retriesLeft(
  link: FidoLink,
  protocol: PinProtocol,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { fields } = await ask(link, protocol, PinCommand.getRetries, [], { signal })
  const retries = fields.get(3)
  return typeof retries === 'number' ? retries : undefined
}

function ask(
  link: FidoLink,
  protocol: PinProtocol,
  command: number,
  parameters: readonly (readonly [number, CborValue])[],
  options: TransactionOptions,
): Promise<CtapAnswer> {
  const fields = new Map<number, CborValue>([[1, protocol], [2, command], ...parameters])
  return transact(link, Ctap.clientPin, fields, options)
}
