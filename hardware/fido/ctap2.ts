import { concat } from '../../protocol/bytes.ts'
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { MAX_MESSAGE_BYTES } from './hid-frame.ts'

/** Command codes (CTAP 2.1 §8.2). */
export const Ctap = {
  makeCredential: 0x01,
  getAssertion: 0x02,
  getInfo: 0x04,
  clientPin: 0x06,
} as const

/** Sub-commands of clientPin (§6.5.5). */
export const PinCommand = {
  getRetries: 0x01,
  getKeyAgreement: 0x02,
  setPin: 0x03,
  getToken: 0x05,
  getTokenByUv: 0x06,
  getTokenByPin: 0x09,
} as const

/** What a token may be used for (§6.5.5.7). */
export const Permission = { makeCredential: 0x01, getAssertion: 0x02 } as const

/** Status codes that we tell apart (§8.2). */
export const Status = {
  ok: 0x00,
  invalidCommand: 0x01,
  invalidCbor: 0x12,
  missingParameter: 0x14,
  credentialExcluded: 0x19,
  limitExceeded: 0x15,
  unsupportedAlgorithm: 0x26,
  denied: 0x27,
  unsupportedOption: 0x2b,
  keepaliveCancel: 0x2d,
  noCredentials: 0x2e,
  userActionTimeout: 0x2f,
  pinInvalid: 0x31,
  pinBlocked: 0x32,
  pinAuthInvalid: 0x33,
  pinAuthBlocked: 0x34,
  pinNotSet: 0x35,
  pinRequired: 0x36,
  pinPolicy: 0x37,
  uvBlocked: 0x3c,
  uvInvalid: 0x3f,
} as const

/** What a key can do (§6.4). */
export type KeyInfo = {
  readonly versions: readonly string[]
  readonly extensions: readonly string[]
  /** Model, 16 bytes; all zero where the key does not say. */
  readonly aaguid: Uint8Array
  /** Protocols for PIN and built-in verification, the key's favourite first. */
  readonly pinProtocols: readonly number[]
  /** Has a PIN, has none yet, or knows none. */
  readonly pin: 'set' | 'unset' | 'none'
  /** Verifies its holder itself, by a fingerprint say, and is set up to. */
  readonly hasBuiltInVerification: boolean
  /** Gives tokens with permissions (pinUvAuthToken). */
  readonly hasTokens: boolean
  /** Longest message, and most credentials in a list, that it takes. */
  readonly maxMessageBytes: number
  readonly maxListed: number
}

/** What every key takes (§6.4, maxMsgSize). */
const LEAST_MESSAGE_BYTES = 1024
/** Where a key does not say: what keys of the first generation take. */
const USUAL_LISTED = 8
const LIMITS = { maxBytes: MAX_MESSAGE_BYTES, maxDepth: 8 }

/** A command with its parameters; none where the map is empty. */
export function encodeCommand(command: number, parameters: CborMap): Uint8Array {
  const code = Uint8Array.of(command)
  return parameters.size === 0 ? code : concat(code, encodeCbor(parameters))
}

/** An answer's status, and its map where it is good. */
export type CtapAnswer = { readonly status: number; readonly fields: CborMap }

/** Reads an answer; throws `bytes.fido` on what CTAP2's canonical CBOR does not allow (§8). */
export function decodeAnswer(bytes: Uint8Array): CtapAnswer {
  const [status, ...rest] = bytes
  if (status === undefined) throw wrong('an empty answer')
  if (status !== Status.ok || rest.length === 0) return { status, fields: new Map() }
  return { status, fields: readMap(bytes.subarray(1)) }
}

/** Reads a map out of canonical CBOR. */
export function readMap(bytes: Uint8Array): CborMap {
  try {
    return asMap(decodeCbor(bytes, LIMITS), 'an answer')
  } catch (cause) {
    throw cause instanceof PersonhoodError && cause.code === 'bytes.fido'
      ? cause
      : wrong('not canonical CBOR', cause)
  }
}

/** The value as a map, or `bytes.fido`. */
export function asMap(value: CborValue | undefined, what: string): CborMap {
  if (value instanceof Map) return value
  throw wrong(`${what} is no map`)
}

/** The value as bytes, or `bytes.fido`. */
export function asBytes(value: CborValue | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw wrong(`${what} is no byte string`)
}

/** Reads the answer to getInfo (§6.4); what it does not know is left out. */
export function readInfo(fields: CborMap): KeyInfo {
  const options = fields.has(4) ? asMap(fields.get(4), 'options') : new Map()
  const clientPin = options.get('clientPin')
  const protocols = listOf(fields.get(6)).filter((value) => typeof value === 'number')
  const aaguid = asBytes(fields.get(3), 'aaguid')
  if (aaguid.length !== 16) throw wrong('an aaguid of another length')
  const texts = (value: CborValue | undefined): readonly string[] =>
    listOf(value).filter((each) => typeof each === 'string')
  return {
    versions: texts(fields.get(1)),
    extensions: texts(fields.get(2)),
    aaguid,
    pinProtocols: protocols.length === 0 && clientPin !== undefined ? [1] : protocols,
    pin: pinStateOf(clientPin),
    hasBuiltInVerification: options.get('uv') === true,
    hasTokens: options.get('pinUvAuthToken') === true,
    maxMessageBytes: countOf(fields.get(5), LEAST_MESSAGE_BYTES),
    maxListed: countOf(fields.get(7), USUAL_LISTED),
  }
}

function countOf(value: CborValue | undefined, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise
}

function pinStateOf(option: CborValue | undefined): KeyInfo['pin'] {
  if (option === undefined) return 'none'
  return option === true ? 'set' : 'unset'
}

function listOf(value: CborValue | undefined): readonly CborValue[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw wrong('a list that is none')
}

function wrong(what: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('bytes.fido', `the security key answers with ${what}`, { cause })
}
