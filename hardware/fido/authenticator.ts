import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { concat, equalBytes, fromText, toHex } from '../../protocol/bytes.ts'
import { type CborMap, type CborValue, encodeCbor } from '../../protocol/cbor.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import { asBytes, asMap, Ctap, Permission, readMap, Status } from './ctap2.ts'
import { PinLock } from './pin-lock.ts'
import { sha256 } from './pin-protocol.ts'

/** What kind of key it is. */
export type AuthenticatorOptions = {
  /** Protocols that it knows; default both. */
  readonly pinProtocols?: readonly (1 | 2)[]
  /** A PIN that is set already. */
  readonly pin?: string
  /** Verifies its holder itself; `isHolder` false makes that fail. */
  readonly builtIn?: { readonly isHolder: boolean }
  /** Gives tokens with permissions, as CTAP 2.1 has them; default true. */
  readonly hasTokens?: boolean
  /** Derives secrets; default true. */
  readonly hasSecrets?: boolean
}

type Credential = {
  readonly id: Uint8Array
  readonly rpId: string
  readonly key: KeyObject
  readonly secrets: { readonly verified: Uint8Array; readonly plain: Uint8Array } | undefined
  signCount: number
}

const AAGUID = fromText('personhood-sim-1')
const ES256 = -7
const MAX_LISTED = 8
const Flag = { touched: 0x01, verified: 0x04, credential: 0x40, extensions: 0x80 } as const

/** A status that refuses, on its way out of the command. */
function refused(status: number): PersonhoodError {
  return new PersonhoodError(`bytes.ctap.${status}`, `refused with status ${status}`)
}

const REFUSED = /^bytes\.ctap\.(\d+)$/

/** The CTAP2 side of a virtual key: commands in, answers out; touches are its surroundings' matter. */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #pin: PinLock
  readonly #credentials: Credential[] = []

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    this.#pin = new PinLock({
      protocols: options.pinProtocols ?? [1, 2],
      pin: options.pin,
      isVerified: () => options.builtIn?.isHolder === true,
    })
  }

  powerCycle(): void {
    this.#pin.powerCycle()
  }

  /** Making and using credentials wants a touch; asking does not. */
  needsTouch(request: Uint8Array): boolean {
    const [command] = request
    if (command !== Ctap.getAssertion) return command === Ctap.makeCredential
    try {
      return !isSilent(readMap(request.subarray(1)))
    } catch {
      // Refused at once, whatever it asked for.
      return false
    }
  }

  /** Status and, where it is good, the answer's map. */
  run(request: Uint8Array): Uint8Array {
    try {
      const fields = request.length > 1 ? readMap(request.subarray(1)) : new Map()
      const answer = this.#dispatch(request[0], fields)
      return concat(
        Uint8Array.of(Status.ok),
        answer.size === 0 ? new Uint8Array(0) : encodeCbor(answer),
      )
    } catch (error) {
      if (!hasCode(error, 'bytes')) throw error
      const [, status = Status.invalidCbor] = REFUSED.exec(error.code) ?? []
      return Uint8Array.of(Number(status))
    }
  }

  #dispatch(command: number | undefined, fields: CborMap): CborMap {
    switch (command) {
      case Ctap.getInfo:
        return this.#info()
      case Ctap.clientPin:
        return orRefuse(this.#pin.run(fields))
      case Ctap.makeCredential:
        return this.#make(fields)
      case Ctap.getAssertion:
        return this.#assert(fields)
      default:
        throw refused(Status.invalidCommand)
    }
  }

  #info(): CborMap {
    const { hasTokens = true, hasSecrets = true, builtIn, pinProtocols = [2, 1] } = this.#options
    const options = new Map<string, CborValue>([
      ['rk', false],
      ['up', true],
      ['clientPin', this.#pin.isSet],
    ])
    if (builtIn !== undefined) options.set('uv', true)
    if (hasTokens) options.set('pinUvAuthToken', true)
    return new Map<number, CborValue>([
      [1, hasTokens ? ['FIDO_2_0', 'FIDO_2_1'] : ['FIDO_2_0']],
      [2, hasSecrets ? ['hmac-secret'] : []],
      [3, AAGUID],
      [4, options],
      [5, 1200],
      [6, [...pinProtocols]],
      [7, MAX_LISTED],
    ])
  }

  #make(fields: CborMap): CborMap {
    const hash = asBytes(required(fields, 1), 'clientDataHash')
    const rpId = asText(asMap(required(fields, 2), 'rp').get('id'))
    required(fields, 3)
    const algorithms = asList(required(fields, 4)).map((each) => asMap(each, 'a type').get('alg'))
    const isVerified = this.#verify(fields, hash, rpId, Permission.makeCredential, {
      options: 7,
      proof: 8,
      protocol: 9,
    })
    if (!algorithms.includes(ES256)) throw refused(Status.unsupportedAlgorithm)
    if (this.#find(rpId, fields.get(5)) !== undefined) throw refused(Status.credentialExcluded)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const wantsSecret =
      fields.has(6) && asMap(fields.get(6), 'extensions').get('hmac-secret') === true
    const credential: Credential = {
      id: Uint8Array.from(randomBytes(48)),
      rpId,
      key: privateKey,
      secrets: wantsSecret ? { verified: random32(), plain: random32() } : undefined,
      signCount: 1,
    }
    this.#credentials.push(credential)
    const idLength = Uint8Array.of(credential.id.length >> 8, credential.id.length)
    const attested = concat(AAGUID, idLength, credential.id, coseKeyOf(publicKey))
    const extensions = wantsSecret ? new Map([['hmac-secret', true]]) : undefined
    const data = dataOf(credential, isVerified, attested, extensions)
    const statement = new Map<string, CborValue>([
      ['alg', ES256],
      ['sig', signWith(privateKey, concat(data, hash))],
    ])
    return new Map<number, CborValue>([
      [1, 'packed'],
      [2, data],
      [3, statement],
    ])
  }

  #assert(fields: CborMap): CborMap {
    const rpId = asText(required(fields, 1))
    const hash = asBytes(required(fields, 2), 'clientDataHash')
    const isVerified = this.#verify(fields, hash, rpId, Permission.getAssertion, {
      options: 5,
      proof: 6,
      protocol: 7,
    })
    const credential = this.#find(rpId, fields.get(3))
    if (credential === undefined) throw refused(Status.noCredentials)
    if (!isSilent(fields)) credential.signCount++
    const question = fields.has(4)
      ? asMap(fields.get(4), 'extensions').get('hmac-secret')
      : undefined
    const secret =
      question === undefined ? undefined : this.#secret(credential, isVerified, question)
    const extensions = secret === undefined ? undefined : new Map([['hmac-secret', secret]])
    const isTouched = !isSilent(fields)
    const data = dataOf(credential, isVerified, undefined, extensions, isTouched)
    const named = new Map<string, CborValue>([
      ['id', credential.id],
      ['type', 'public-key'],
    ])
    return new Map<number, CborValue>([
      [1, named],
      [2, data],
      [3, signWith(credential.key, concat(data, hash))],
    ])
  }

  #secret(
    { secrets }: Credential,
    isVerified: boolean,
    question: CborValue,
  ): Uint8Array | undefined {
    if (secrets === undefined) return undefined
    const fields = asMap(question, 'hmac-secret')
    const protocol = fields.get(4) ?? 1
    const shared = orRefuse(this.#pin.agree(fields.get(1), protocol))
    const sealed = asBytes(required(fields, 2), 'saltEnc')
    const proof = asBytes(required(fields, 3), 'saltAuth')
    if (!equalBytes(shared.authenticate(sealed), proof)) throw refused(Status.pinAuthInvalid)
    const salts = shared.decrypt(sealed)
    const key = isVerified ? secrets.verified : secrets.plain
    const outputs = [salts.subarray(0, 32), salts.subarray(32, 64)]
      .filter(({ length }) => length === 32)
      .map((salt) => Uint8Array.from(createHmac('sha256', key).update(salt).digest()))
    return shared.encrypt(concat(...outputs))
  }

  /** Whether the holder is verified (CTAP 2.1 §6.1.2 steps 1 to 11, §6.2.2 alike). */
  #verify(
    fields: CborMap,
    hash: Uint8Array,
    rpId: string,
    permission: number,
    at: { readonly options: number; readonly proof: number; readonly protocol: number },
  ): boolean {
    const proof = fields.get(at.proof)
    if (proof !== undefined) {
      const protocol = fields.get(at.protocol)
      orRefuse(this.#pin.check(asBytes(proof, 'a proof'), protocol, hash, { permission, rpId }))
      return true
    }
    const options = fields.has(at.options) ? asMap(fields.get(at.options), 'options') : new Map()
    if (options.get('uv') !== true) {
      const isProtected = this.#pin.isSet || this.#options.builtIn !== undefined
      if (isProtected && permission === Permission.makeCredential) {
        throw refused(Status.pinRequired)
      }
      return false
    }
    if (this.#options.builtIn === undefined) throw refused(Status.unsupportedOption)
    if (!this.#options.builtIn.isHolder) throw refused(Status.uvInvalid)
    return true
  }

  #find(rpId: string, list: CborValue | undefined): Credential | undefined {
    if (list === undefined) return undefined
    if (asList(list).length > MAX_LISTED) throw refused(Status.limitExceeded)
    const wanted = new Set(
      asList(list).map((each) => toHex(asBytes(asMap(each, 'a credential').get('id'), 'its id'))),
    )
    return this.#credentials.find((one) => one.rpId === rpId && wanted.has(toHex(one.id)))
  }
}

/** An assertion that asks for no touch, to learn what the key holds. */
function isSilent(fields: CborMap): boolean {
  return fields.has(5) && asMap(fields.get(5), 'options').get('up') === false
}

function dataOf(
  { rpId, signCount }: Credential,
  isVerified: boolean,
  attested: Uint8Array | undefined,
  extensions: CborMap | undefined,
  isTouched = true,
): Uint8Array {
  const flags =
    (isTouched ? Flag.touched : 0) |
    (isVerified ? Flag.verified : 0) |
    (attested === undefined ? 0 : Flag.credential) |
    (extensions === undefined ? 0 : Flag.extensions)
  const count = [signCount >>> 24, signCount >>> 16, signCount >>> 8, signCount]
  return concat(
    sha256(fromText(rpId)),
    Uint8Array.of(flags, ...count),
    attested ?? new Uint8Array(0),
    extensions === undefined ? new Uint8Array(0) : encodeCbor(extensions),
  )
}

/** COSE_Key of an ES256 key (WebAuthn §6.5.1.1). */
function coseKeyOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64url'))
  return encodeCbor(
    new Map<number, CborValue>([
      [1, 2],
      [3, ES256],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]),
  )
}

function signWith(key: KeyObject, message: Uint8Array): Uint8Array {
  return Uint8Array.from(sign('sha256', message, key))
}

function random32(): Uint8Array {
  return Uint8Array.from(randomBytes(32))
}

function required(fields: CborMap, key: number): CborValue {
  const value = fields.get(key)
  if (value === undefined) throw refused(Status.missingParameter)
  return value
}

function asText(value: CborValue | undefined): string {
  if (typeof value === 'string') return value
  throw refused(Status.invalidCbor)
}

function asList(value: CborValue): readonly CborValue[] {
  if (Array.isArray(value)) return value
  throw refused(Status.invalidCbor)
}

function orRefuse<T>(value: T | number): T {
  if (typeof value === 'number') throw refused(value)
  return value
}
