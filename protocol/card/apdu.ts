import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'

/** A short command APDU (ISO/IEC 7816-4 §5.1); `le` 1 to 256 bytes expected, absent = none. */
export type Command = {
  readonly cla: number
  readonly ins: number
  readonly p1: number
  readonly p2: number
  readonly data?: Uint8Array
  readonly le?: number
}

/** A response APDU: its data and the status word SW1 SW2 as one number. */
export type Response = { readonly data: Uint8Array; readonly sw: number }

/** Status words that are acted on (ISO/IEC 7816-4 §5.1.3; 91xx NTAG 424 DNA's own). */
export const Sw = {
  ok: 0x90_00,
  nativeOk: 0x91_00,
  nativeMore: 0x91_af,
  nativeUnknown: 0x91_1c,
  nativeIntegrity: 0x91_1e,
  nativeNoKey: 0x91_40,
  nativeLength: 0x91_7e,
  nativePermission: 0x91_9d,
  nativeParameter: 0x91_9e,
  nativeDelay: 0x91_ad,
  nativeAuthentication: 0x91_ae,
  nativeBoundary: 0x91_be,
  nativeAborted: 0x91_ca,
  nativeNoFile: 0x91_f0,
  memory: 0x65_81,
  wrongLength: 0x67_00,
  securityStatus: 0x69_82,
  conditions: 0x69_85,
  notFound: 0x6a_82,
  wrongP1P2: 0x6a_86,
  unknownInstruction: 0x6d_00,
  unknownClass: 0x6e_00,
} as const

const WORDS: Readonly<Record<number, string>> = {
  [Sw.ok]: 'done',
  [Sw.nativeOk]: 'done',
  [Sw.nativeMore]: 'more follows',
  [Sw.nativeUnknown]: 'unknown command',
  [Sw.nativeIntegrity]: 'wrong check of a message',
  [Sw.nativeNoKey]: 'no such key',
  [Sw.nativeLength]: 'wrong length',
  [Sw.nativePermission]: 'permission denied',
  [Sw.nativeParameter]: 'wrong parameters',
  [Sw.nativeDelay]: 'not yet, after too many wrong keys',
  [Sw.nativeAuthentication]: 'authentication needed',
  [Sw.nativeBoundary]: 'beyond the end of the file',
  [Sw.nativeAborted]: 'another command is under way',
  [Sw.nativeNoFile]: 'no such file',
  [Sw.wrongLength]: 'wrong length',
  [Sw.securityStatus]: 'needs a key',
  [Sw.conditions]: 'conditions of use not satisfied',
  [Sw.notFound]: 'file or application not found',
  [Sw.wrongP1P2]: 'wrong parameters',
  [Sw.unknownInstruction]: 'instruction not supported',
  [Sw.unknownClass]: 'class not supported',
  [Sw.memory]: 'memory failure',
}

/** Bytes of a command in one of the four short cases; throws `call.apdu` on what a short APDU cannot say. */
export function encodeCommand({ cla, ins, p1, p2, data, le }: Command): Uint8Array {
  const length = data?.length ?? 0
  if (length > 255 || (le !== undefined && (le < 1 || le > 256))) {
    throw new PersonhoodError('call.apdu', `${length} data bytes and Le ${le} in a short APDU`)
  }
  return concat(
    Uint8Array.of(cla, ins, p1, p2),
    data === undefined || length === 0 ? new Uint8Array(0) : concat(Uint8Array.of(length), data),
    le === undefined ? new Uint8Array(0) : Uint8Array.of(le),
  )
}

/** The command in bytes, or undefined where they are no short APDU. */
export function decodeCommand(bytes: Uint8Array): Command | undefined {
  const [cla, ins, p1, p2, third] = bytes
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) {
    return undefined
  }
  const head = { cla, ins, p1, p2 }
  if (third === undefined) return head
  if (bytes.length === 5) return { ...head, le: third === 0 ? 256 : third }
  const data = bytes.slice(5, 5 + third)
  const le = bytes[5 + third]
  if (third === 0 || data.length < third || bytes.length > 6 + third) return undefined
  return le === undefined ? { ...head, data } : { ...head, data, le: le === 0 ? 256 : le }
}

/** Bytes of a response. */
export function encodeResponse({ data, sw }: Response): Uint8Array {
  return concat(data, Uint8Array.of(sw >> 8, sw))
}

/** The response in bytes; throws `bytes.apdu` where not even a status word came. */
export function decodeResponse(bytes: Uint8Array): Response {
  const [sw1, sw2] = bytes.subarray(-2)
  if (sw1 === undefined || sw2 === undefined) {
    throw new PersonhoodError(
      'bytes.apdu',
      `the card answered ${bytes.length} bytes, at least 2 are due`,
    )
  }
  return { data: bytes.slice(0, -2), sw: sw1 * 256 + sw2 }
}

/** A status word in words and hex. */
export function swText(sw: number): string {
  const hex = sw.toString(16).padStart(4, '0').toUpperCase()
  return `${WORDS[sw] ?? 'refused by the card'} (${hex})`
}
