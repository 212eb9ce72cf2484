import { randomBytes } from 'node:crypto'
import { equalBytes, toText } from '../../protocol/bytes.ts'
import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { asBytes, PinCommand, Status } from './ctap2.ts'
import {
  authenticateWith,
  createKeyAgreement,
  type KeyAgreement,
  type PinProtocol,
  pinHash,
  type SharedSecret,
} from './pin-protocol.ts'

/** What the lock of a virtual key is made of. */
export type PinLockOptions = {
  readonly protocols: readonly PinProtocol[]
  readonly pin: string | undefined
  /** The key's own look at its holder, where it has one. */
  readonly isVerified: () => boolean
}

/** What a token is for, as it was asked for or is used. */
export type TokenUse = { readonly permission: number; readonly rpId: string }

const MAX_RETRIES = 8
/** Wrong PINs in a row until the key wants to be pulled out (CTAP 2.1 §6.5.5.7). */
const MAX_IN_A_ROW = 3
const TOKEN_BYTES = 32
const MIN_PIN_LETTERS = 4

/** PIN, retries and tokens of a virtual key (§6.5). A number is a status that refuses. */
export class PinLock {
  readonly #options: PinLockOptions
  readonly #agreements = new Map<PinProtocol, KeyAgreement>()
  #hash: Uint8Array | undefined
  #retries = MAX_RETRIES
  #wrongInARow = 0
  #token: { readonly bytes: Uint8Array; readonly use: TokenUse | undefined } | undefined

  constructor(options: PinLockOptions) {
    this.#options = options
    this.#hash = options.pin === undefined ? undefined : pinHash(options.pin)
    this.powerCycle()
  }

  get isSet(): boolean {
    return this.#hash !== undefined
  }

  powerCycle(): void {
    this.#wrongInARow = 0
    this.#token = undefined
    for (const protocol of this.#options.protocols) this.#renew(protocol)
  }

  run(fields: CborMap): CborMap | number {
    const protocol = this.#protocolOf(fields.get(1))
    if (protocol === undefined) return Status.missingParameter
    switch (fields.get(2)) {
      case PinCommand.getRetries:
        return new Map([[3, this.#retries]])
      case PinCommand.getKeyAgreement:
        return new Map([[1, this.#agreementOf(protocol).coseKey]])
      case PinCommand.setPin:
        return this.#set(fields, protocol)
      case PinCommand.getToken:
        return this.#tokenByPin(fields, protocol, undefined)
      case PinCommand.getTokenByPin:
        return this.#tokenByPin(fields, protocol, useOf(fields))
      case PinCommand.getTokenByUv:
        return this.#tokenByUv(fields, protocol)
      default:
        return Status.invalidCommand
    }
  }

  /** The secret shared with a host. */
  agree(peer: CborValue | undefined, protocol: CborValue): SharedSecret | number {
    const known = this.#protocolOf(protocol)
    return known === undefined
      ? Status.missingParameter
      : this.#agreementOf(known).agree(peer, known)
  }

  /** Whether the proof comes of a token that may be used so; the token is used up. */
  check(
    proof: Uint8Array,
    protocol: CborValue | undefined,
    message: Uint8Array,
    wanted: TokenUse,
  ): true | number {
    const token = this.#token
    const known = this.#protocolOf(protocol)
    if (token === undefined || known === undefined) return Status.pinAuthInvalid
    if (!equalBytes(proof, authenticateWith(token.bytes, known, message))) {
      return Status.pinAuthInvalid
    }
    const { use } = token
    const mayUse =
      use === undefined || ((use.permission & wanted.permission) !== 0 && use.rpId === wanted.rpId)
    if (!mayUse) return Status.pinAuthInvalid
    this.#token = undefined
    return true
  }

  #set(fields: CborMap, protocol: PinProtocol): CborMap | number {
    if (this.#hash !== undefined) return Status.pinAuthInvalid
    const shared = this.#agreementOf(protocol).agree(fields.get(3), protocol)
    const sealed = asBytes(fields.get(5), 'newPinEnc')
    const proof = asBytes(fields.get(4), 'pinUvAuthParam')
    if (!equalBytes(shared.authenticate(sealed), proof)) return Status.pinAuthInvalid
    const padded = shared.decrypt(sealed)
    const end = padded.indexOf(0)
    const pin = toText(padded.slice(0, end === -1 ? padded.length : end))
    if ([...pin].length < MIN_PIN_LETTERS) return Status.pinPolicy
    this.#hash = pinHash(pin)
    return new Map()
  }

  #tokenByPin(fields: CborMap, protocol: PinProtocol, use: TokenUse | undefined): CborMap | number {
    if (this.#hash === undefined) return Status.pinNotSet
    if (this.#retries === 0) return Status.pinBlocked
    if (this.#wrongInARow === MAX_IN_A_ROW) return Status.pinAuthBlocked
    const shared = this.#agreementOf(protocol).agree(fields.get(3), protocol)
    this.#retries--
    if (!equalBytes(shared.decrypt(asBytes(fields.get(6), 'pinHashEnc')), this.#hash)) {
      this.#renew(protocol)
      this.#wrongInARow++
      if (this.#retries === 0) return Status.pinBlocked
      return this.#wrongInARow === MAX_IN_A_ROW ? Status.pinAuthBlocked : Status.pinInvalid
    }
    this.#retries = MAX_RETRIES
    this.#wrongInARow = 0
    return this.#giveToken(shared, use)
  }

  #tokenByUv(fields: CborMap, protocol: PinProtocol): CborMap | number {
    if (!this.#options.isVerified()) return Status.uvInvalid
    const shared = this.#agreementOf(protocol).agree(fields.get(3), protocol)
    return this.#giveToken(shared, useOf(fields))
  }

  #giveToken(shared: SharedSecret, use: TokenUse | undefined): CborMap {
    const bytes = Uint8Array.from(randomBytes(TOKEN_BYTES))
    this.#token = { bytes, use }
    return new Map([[2, shared.encrypt(bytes)]])
  }

  #protocolOf(value: CborValue | undefined): PinProtocol | undefined {
    return this.#options.protocols.find((protocol) => protocol === value)
  }

  #agreementOf(protocol: PinProtocol): KeyAgreement {
    return this.#agreements.get(protocol) ?? this.#renew(protocol)
  }

  #renew(protocol: PinProtocol): KeyAgreement {
    const agreement = createKeyAgreement((length) => Uint8Array.from(randomBytes(length)))
    this.#agreements.set(protocol, agreement)
    return agreement
  }
}

function useOf(fields: CborMap): TokenUse {
  const [permission, rpId] = [fields.get(9), fields.get(10)]
  return {
    permission: typeof permission === 'number' ? permission : 0,
    rpId: typeof rpId === 'string' ? rpId : '',
  }
}
