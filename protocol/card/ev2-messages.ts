import { concat, equalBytes } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import {
  AES_BYTES,
  type Aes,
  aesCmac,
  pad,
  SHORT_MAC_BYTES,
  shortMac,
  unpad,
  ZERO_IV,
} from './aes-cmac.ts'
import type { Ev2Session } from './ev2.ts'

/** How a command's data travel (NT4H2421Gx §9.1.10 to §9.1.12). */
export type CommMode = 'plain' | 'mac' | 'full'

/** A native command: its code, the header that stays readable, and the data that `full` encrypts. */
export type NativeCommand = {
  readonly code: number
  readonly header: Uint8Array
  readonly data: Uint8Array
}

/** The counter at which a card answers nothing more in this session (NT4H2421Gx §9.1.2). */
export const MAX_COUNTER = 0xff_ff

const COMMAND_IV = Uint8Array.of(0xa5, 0x5a)
const RESPONSE_IV = Uint8Array.of(0x5a, 0xa5)

/** The data field of a command's APDU in the session's present counter. */
export function protectCommand(
  aes: Aes,
  session: Ev2Session,
  mode: CommMode,
  { code, header, data }: NativeCommand,
): Uint8Array {
  if (session.counter >= MAX_COUNTER) {
    throw new PersonhoodError('call.card-session', 'the session has used up its counter')
  }
  if (mode === 'plain') return concat(header, data)
  const body = mode === 'full' && data.length > 0 ? encryptCommand(aes, session, data) : data
  return concat(header, body, commandMac(aes, session, code, concat(header, body)))
}

/** Data encrypted under the session's present counter, padded. */
function encryptCommand(aes: Aes, session: Ev2Session, data: Uint8Array): Uint8Array {
  return aes.encryptCbc(session.encryptionKey, ivOf(aes, session, COMMAND_IV), pad(data))
}

/** The short MAC of a command over its code, the present counter, the transaction and its data field. */
export function commandMac(
  aes: Aes,
  { macKey, transaction, counter }: Ev2Session,
  code: number,
  field: Uint8Array,
): Uint8Array {
  const message = concat(Uint8Array.of(code), uint16(counter), transaction, field)
  return shortMac(aesCmac(aes, macKey, message))
}

/** What a command's encrypted data were, on the card's side; undefined where they are not padded so. */
export function decryptCommand(
  aes: Aes,
  session: Ev2Session,
  body: Uint8Array,
): Uint8Array | undefined {
  if (body.length === 0 || body.length % AES_BYTES !== 0) return undefined
  return unpad(aes.decryptCbc(session.encryptionKey, ivOf(aes, session, COMMAND_IV), body))
}

/** The data of a successful answer as the card sends them; `session` is the one of its command. */
export function protectResponse(
  aes: Aes,
  session: Ev2Session,
  mode: CommMode,
  data: Uint8Array,
): Uint8Array {
  if (mode === 'plain') return data
  const after = afterCommand(session)
  const isEncrypted = mode === 'full' && data.length > 0
  const body = isEncrypted
    ? aes.encryptCbc(session.encryptionKey, ivOf(aes, after, RESPONSE_IV), pad(data))
    : data
  return concat(body, responseMac(aes, after, body))
}

/**
 * The data of a successful answer, its MAC checked; undefined where MAC, length or padding are
 * wrong. `session` is the one of its command; the status byte of success, 00, is in the MAC.
 */
export function openResponse(
  aes: Aes,
  session: Ev2Session,
  mode: CommMode,
  field: Uint8Array,
): Uint8Array | undefined {
  if (mode === 'plain') return field.slice()
  const after = afterCommand(session)
  const end = field.length - SHORT_MAC_BYTES
  if (end < 0) return undefined
  const body = field.subarray(0, end)
  if (!equalBytes(field.subarray(end), responseMac(aes, after, body))) return undefined
  if (mode === 'mac' || body.length === 0) return body.slice()
  if (body.length % AES_BYTES !== 0) return undefined
  return unpad(aes.decryptCbc(session.encryptionKey, ivOf(aes, after, RESPONSE_IV), body))
}

/** The session once a command has been answered: each mode counts. */
export function afterCommand(session: Ev2Session): Ev2Session {
  return { ...session, counter: session.counter + 1 }
}

function responseMac(
  aes: Aes,
  { macKey, transaction, counter }: Ev2Session,
  body: Uint8Array,
): Uint8Array {
  const message = concat(Uint8Array.of(0x00), uint16(counter), transaction, body)
  return shortMac(aesCmac(aes, macKey, message))
}

/** NT4H2421Gx §9.1.4: the label, TI and counter, encrypted. */
function ivOf(
  aes: Aes,
  { encryptionKey, transaction, counter }: Ev2Session,
  label: Uint8Array,
): Uint8Array {
  const input = concat(label, transaction, uint16(counter), new Uint8Array(8))
  return aes.encryptCbc(encryptionKey, ZERO_IV, input)
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8)
}
