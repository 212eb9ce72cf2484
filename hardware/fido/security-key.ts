import { fromText } from '../../protocol/bytes.ts'
import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { keyAgreement, requestToken, setPin } from './client-pin.ts'
import { descriptor, findHeld } from './credential-list.ts'
import {
  asBytes,
  asMap,
  Ctap,
  decodeAnswer,
  encodeCommand,
  type KeyInfo,
  Permission,
  readInfo,
  Status,
} from './ctap2.ts'
import { FidoLink } from './hid-link.ts'
import { authenticateWith, type PinProtocol, paddedPin } from './pin-protocol.ts'
import { type KeyRefusal, refusalOf } from './refusal.ts'
import { decryptSecret, type SecretRequest, secretRequest } from './secret.ts'
import { transact } from './transact.ts'
import type { KeepaliveStatus } from './transaction.ts'

/** What each request to a key carries. */
type Common = {
  /** 32 bytes that the key signs. */
  readonly challenge: Uint8Array
  /** The holder's PIN; needed where the key has one and does not verify its holder itself. */
  readonly pin?: string | undefined
  /** `touch` is the moment to ask the operator for it. */
  readonly onStatus?: ((status: KeepaliveStatus) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A new credential for an operator. */
export type EnrolRequest = Common & {
  readonly rpId: string
  /** 1..64 bytes that name the operator. */
  readonly userId: Uint8Array
  /** Shown by some keys. */
  readonly userName: string
  /** Credentials of which this key may not hold one already. */
  readonly exclude: readonly Uint8Array[]
}

/** A signature of an enrolled credential. */
export type AssertRequest = Common & {
  readonly rpId: string
  /** Credentials that would do; at least one. */
  readonly allow: readonly Uint8Array[]
  /** 32 bytes: also gives the secret that belongs to them (hmac-secret). */
  readonly salt?: Uint8Array | undefined
}

/** What came of an enrolment. */
export type Enrolled =
  | {
      readonly outcome: 'enrolled'
      readonly authenticatorData: Uint8Array
      readonly format: string
    }
  | KeyRefusal

/** What came of an assertion; `secret` is 32 bytes where a salt was given and the key knows how. */
export type Asserted =
  | {
      readonly outcome: 'asserted'
      readonly credentialId: Uint8Array
      readonly authenticatorData: Uint8Array
      readonly signature: Uint8Array
      readonly secret: Uint8Array | undefined
    }
  | KeyRefusal

/** A FIDO2 security key that is plugged in. */
export type SecurityKey = {
  readonly info: KeyInfo
  /** How the key tells its holder from others. */
  readonly verification: 'built-in' | 'pin' | 'none'
  enrol(request: EnrolRequest): Promise<Enrolled>
  assert(request: AssertRequest): Promise<Asserted>
  /** Gives a key its first PIN. */
  setPin(pin: string, signal?: AbortSignal): Promise<{ readonly outcome: 'set' } | KeyRefusal>
  onClose: BytePort['onClose']
  close(): Promise<void>
}

/** What the driver needs from its surroundings. */
export type SecurityKeyOptions = {
  /** That many random bytes from the operating system. */
  readonly random: (lengthBytes: number) => Uint8Array
  readonly signal?: AbortSignal
  readonly timers?: Timers
}

const CHALLENGE_BYTES = 32
const ES256 = -7

/** Takes a channel on the key and asks what it can do. Rejects with `device.*` or `bytes.fido`. */
export async function openSecurityKey(
  port: BytePort,
  { random, signal, timers = processTimers }: SecurityKeyOptions,
): Promise<SecurityKey> {
  const link = new FidoLink(port, timers, random)
  try {
    await link.start(random(8), signal)
    return await describe(port, link, signal)
  } catch (error) {
    link.detach()
    throw error
  }
}

async function describe(
  port: BytePort,
  link: FidoLink,
  signal: AbortSignal | undefined,
): Promise<SecurityKey> {
  const askInfo = async (): Promise<KeyInfo> => {
    const { status, fields } = decodeAnswer(
      await link.cbor(encodeCommand(Ctap.getInfo, new Map()), { signal }),
    )
    if (status === Status.ok) return readInfo(fields)
    throw new PersonhoodError('device.refused', `${port.name} is no FIDO2 key (status ${status})`)
  }
  let info = await askInfo()
  return {
    get info() {
      return info
    },
    get verification() {
      return verificationOf(info)
    },
    enrol: (request) => enrol(link, info, request),
    assert: (request) => assert(link, info, request),
    setPin: async (pin, pinSignal) => {
      const refusal = await setPin(link, protocolOf(info), paddedPin(pin), pinSignal)
      if (refusal !== undefined) return refusal
      info = await askInfo()
      return { outcome: 'set' }
    },
    onClose: port.onClose,
    close: () => {
      link.detach()
      return port.close()
    },
  }
}

async function enrol(link: FidoLink, info: KeyInfo, request: EnrolRequest): Promise<Enrolled> {
  const { rpId, challenge, userId, userName } = request
  const proof = await prove(link, info, request, Permission.makeCredential)
  if ('outcome' in proof) return proof
  const parameters = new Map<number, CborValue>([
    [1, challenge],
    [2, new Map([['id', rpId]])],
    [
      3,
      new Map<string, CborValue>([
        ['id', userId],
        ['name', userName],
      ]),
    ],
    [
      4,
      [
        new Map<string, CborValue>([
          ['alg', ES256],
          ['type', 'public-key'],
        ]),
      ],
    ],
  ])
  const held = await findHeld(link, info, request.exclude, request)
  if (held.length > 0) parameters.set(5, held.map(descriptor))
  if (info.extensions.includes('hmac-secret')) parameters.set(6, new Map([['hmac-secret', true]]))
  addProof(parameters, proof, { option: 7, proof: 8, protocol: 9 })
  const answer = await transact(link, Ctap.makeCredential, parameters, request)
  if (answer.status !== Status.ok) return refusalOf(answer.status)
  return {
    outcome: 'enrolled',
    format: String(answer.fields.get(1) ?? ''),
    authenticatorData: asBytes(answer.fields.get(2), 'authData'),
  }
}

async function assert(link: FidoLink, info: KeyInfo, request: AssertRequest): Promise<Asserted> {
  const { rpId, challenge, allow, salt, signal } = request
  if (allow.length === 0) {
    throw new PersonhoodError('call.fido-allow', 'an assertion names one credential at least')
  }
  const held = await findHeld(link, info, allow, request)
  // With none of them the key is asked all the same: it is the key that says so, after a touch.
  const listed = held.length > 0 ? held : allow.slice(0, 1)
  const proof = await prove(link, info, request, Permission.getAssertion)
  if ('outcome' in proof) return proof
  const parameters = new Map<number, CborValue>([
    [1, rpId],
    [2, challenge],
    [3, listed.map(descriptor)],
  ])
  let secret: SecretRequest | undefined
  if (salt !== undefined && info.extensions.includes('hmac-secret')) {
    const agreed = await keyAgreement(link, protocolOf(info), signal)
    secret = secretRequest(agreed, salt)
    parameters.set(4, new Map([['hmac-secret', secret.parameters]]))
  }
  addProof(parameters, proof, { option: 5, proof: 6, protocol: 7 })
  const answer = await transact(link, Ctap.getAssertion, parameters, request)
  if (answer.status !== Status.ok) return refusalOf(answer.status)
  return readAssertion(answer.fields, listed, secret)
}

function readAssertion(
  fields: CborMap,
  allow: readonly Uint8Array[],
  secret: SecretRequest | undefined,
): Asserted {
  const authenticatorData = asBytes(fields.get(2), 'authData')
  // A key may leave the credential out where only one was allowed (CTAP 2.1 §6.2.3).
  const [only] = allow
  const credentialId =
    fields.get(1) === undefined && allow.length === 1 && only !== undefined
      ? only
      : asBytes(asMap(fields.get(1), 'a credential').get('id'), 'its identifier')
  return {
    outcome: 'asserted',
    credentialId,
    authenticatorData,
    signature: asBytes(fields.get(3), 'a signature'),
    secret: secret === undefined ? undefined : decryptSecret(secret, authenticatorData),
  }
}

/** How a request proves who holds the key: a token's proof, or an option, or not at all. */
type Proof = {
  readonly protocol?: PinProtocol
  readonly bytes?: Uint8Array
  readonly asksKey: boolean
}

async function prove(
  link: FidoLink,
  info: KeyInfo,
  { rpId, challenge, pin, onStatus, signal }: EnrolRequest | AssertRequest,
  permission: number,
): Promise<Proof | KeyRefusal> {
  if (challenge.length !== CHALLENGE_BYTES) {
    throw new PersonhoodError('call.fido-challenge', `32 bytes, not ${challenge.length}`)
  }
  const verification = verificationOf(info)
  if (verification === 'none') return { asksKey: false }
  // A key that looks at its holder takes a PIN as well, for fingers that it does not know again.
  const byPin = pin !== undefined && info.pin === 'set'
  if (!byPin && verification === 'pin') return { outcome: 'refused', reason: 'pin-needed' }
  if (!byPin && !info.hasTokens) return { asksKey: true }
  const protocol = protocolOf(info)
  const token = await requestToken(link, protocol, {
    rpId,
    permission,
    pin: byPin ? pin : undefined,
    hasPermissions: info.hasTokens,
    onStatus,
    signal,
  })
  if ('outcome' in token) return token
  const bytes = authenticateWith(token.bytes, protocol, challenge)
  return { protocol, bytes, asksKey: false }
}

function addProof(
  parameters: Map<number, CborValue>,
  proof: Proof,
  keys: { readonly option: number; readonly proof: number; readonly protocol: number },
): void {
  if (proof.asksKey) parameters.set(keys.option, new Map([['uv', true]]))
  if (proof.bytes === undefined || proof.protocol === undefined) return
  parameters.set(keys.proof, proof.bytes)
  parameters.set(keys.protocol, proof.protocol)
}

function verificationOf(info: KeyInfo): SecurityKey['verification'] {
  if (info.hasBuiltInVerification) return 'built-in'
  return info.pin === 'set' ? 'pin' : 'none'
}

function protocolOf({ pinProtocols }: KeyInfo): PinProtocol {
  // Two where the key knows both: its texts are sealed with fresh randomness.
  return pinProtocols.includes(2) ? 2 : 1
}

/** The identifier of an operator for `userId`: its name, cut to what keys keep. */
export function userIdOf(operator: string): Uint8Array {
  return fromText(operator).slice(0, 64)
}
