import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import type { CommMode } from './ev2-messages.ts'

/** Who may: the holder of a slot's key (0 to 4), anybody, or nobody (NT4H2421Gx §8.2.3.3). */
export type Access = 0 | 1 | 2 | 3 | 4 | 'free' | 'never'

/** The four rights of a file. */
export type AccessRights = {
  readonly read: Access
  readonly write: Access
  readonly readWrite: Access
  readonly change: Access
}

/**
 * Secure dynamic messaging of the NDEF file (NT4H2421Gx §9.3): what a phone reads differs at each
 * tap. Offsets count from the file's first byte.
 */
export type MirrorSettings = {
  readonly hasUid: boolean
  readonly hasCounter: boolean
  /** A slot = UID and counter are mirrored encrypted under its key. */
  readonly metaRead: Access
  /** A slot = the mirror ends in a MAC under its key. */
  readonly fileRead: Access
  readonly counterRead: Access
  readonly uidOffset?: number | undefined
  readonly counterOffset?: number | undefined
  readonly piccDataOffset?: number | undefined
  readonly macInputOffset?: number | undefined
  /** Part of the file that is mirrored encrypted; its length is a multiple of 32. */
  readonly encrypted?: { readonly offset: number; readonly length: number } | undefined
  readonly macOffset?: number | undefined
  readonly counterLimit?: number | undefined
}

/** What can be changed of a file. */
export type FileSettings = {
  readonly mode: CommMode
  readonly rights: AccessRights
  readonly mirror?: MirrorSettings | undefined
}

/** Bytes of UID, counter, encrypted PICC data and MAC as hex digits in the file. */
export const MirrorBytes = { uid: 14, counter: 6, piccData: 32, mac: 16 } as const

const MIRROR = 0x40
const MODES: readonly CommMode[] = ['plain', 'mac', 'plain', 'full']
const UID = 0x80
const COUNTER = 0x40
const COUNTER_LIMIT = 0x20
const ENCRYPTED = 0x10
const ASCII = 0x01
const RESERVED_OPTIONS = 0x0e
const STANDARD_DATA_FILE = 0x00

/** The data of ChangeFileSettings (NT4H2421Gx §10.7.1). */
export function encodeFileSettings({ mode, rights, mirror }: FileSettings): Uint8Array {
  const option = (mirror === undefined ? 0 : MIRROR) | modeCode(mode)
  const head = concat(Uint8Array.of(option), encodeRights(rights))
  return mirror === undefined ? head : concat(head, encodeMirror(mirror))
}

/** Reads the data of ChangeFileSettings; undefined where they are not whole, or say what is reserved. */
export function decodeFileSettings(bytes: Uint8Array): FileSettings | undefined {
  return readSettings(bytes, 3)?.settings
}

/** Reads the answer of GetFileSettings: settings and size in bytes (NT4H2421Gx §10.7.2). */
export function decodeFileDescription(
  bytes: Uint8Array,
): { readonly settings: FileSettings; readonly size: number } | undefined {
  if (bytes[0] !== STANDARD_DATA_FILE || bytes.length < 7) return undefined
  const size = littleEndian(bytes.subarray(4, 7))
  return readSettings(concat(bytes.subarray(1, 4), bytes.subarray(7)), 3, size)
}

/** The answer of GetFileSettings. */
export function encodeFileDescription(settings: FileSettings, size: number): Uint8Array {
  const encoded = encodeFileSettings(settings)
  const head = concat(Uint8Array.of(STANDARD_DATA_FILE), encoded.subarray(0, 3))
  return concat(head, uint24(size), encoded.subarray(3))
}

function modeCode(mode: CommMode): number {
  return MODES.indexOf(mode)
}

function encodeRights({ read, write, readWrite, change }: AccessRights): Uint8Array {
  return Uint8Array.of(nibbles(readWrite, change), nibbles(read, write))
}

function encodeMirror(mirror: MirrorSettings): Uint8Array {
  const { metaRead, fileRead, counterRead, encrypted, counterLimit } = mirror
  const options =
    (mirror.hasUid ? UID : 0) |
    (mirror.hasCounter ? COUNTER : 0) |
    (counterLimit === undefined ? 0 : COUNTER_LIMIT) |
    (encrypted === undefined ? 0 : ENCRYPTED) |
    ASCII
  const head = Uint8Array.of(options, nibbles('never', counterRead), nibbles(metaRead, fileRead))
  const numbers = fieldsOf(options, metaRead, fileRead).map((field) => {
    const value = numberOf(mirror, field)
    if (value === undefined || value < 0 || value > 0xff_ff_ff) {
      throw new PersonhoodError('call.file-settings', `${field} is ${value}, 24 bits are due`)
    }
    return uint24(value)
  })
  return concat(head, ...numbers)
}

type Field =
  | 'uidOffset'
  | 'counterOffset'
  | 'piccDataOffset'
  | 'macInputOffset'
  | 'encryptedOffset'
  | 'encryptedLength'
  | 'macOffset'
  | 'counterLimit'

/** Which numbers follow, in their order (NT4H2421Gx Table 69). */
function fieldsOf(options: number, metaRead: Access, fileRead: Access): readonly Field[] {
  const isPlain = metaRead === 'free'
  const hasMac = fileRead !== 'never'
  const isEncrypted = hasMac && (options & ENCRYPTED) !== 0
  const all: readonly (readonly [Field, boolean])[] = [
    ['uidOffset', isPlain && (options & UID) !== 0],
    ['counterOffset', isPlain && (options & COUNTER) !== 0],
    ['piccDataOffset', typeof metaRead === 'number'],
    ['macInputOffset', hasMac],
    ['encryptedOffset', isEncrypted],
    ['encryptedLength', isEncrypted],
    ['macOffset', hasMac],
    ['counterLimit', (options & COUNTER_LIMIT) !== 0],
  ]
  return all.filter(([, isThere]) => isThere).map(([field]) => field)
}

function numberOf(mirror: MirrorSettings, field: Field): number | undefined {
  if (field === 'encryptedOffset') return mirror.encrypted?.offset
  if (field === 'encryptedLength') return mirror.encrypted?.length
  return mirror[field]
}

function readSettings(
  bytes: Uint8Array,
  headBytes: number,
  size = 0,
): { readonly settings: FileSettings; readonly size: number } | undefined {
  const [option, low, high] = bytes
  if (option === undefined || low === undefined || high === undefined) return undefined
  const rights = {
    read: access(high >> 4),
    write: access(high & 0x0f),
    readWrite: access(low >> 4),
    change: access(low & 0x0f),
  }
  const mode = MODES[option & 0x03]
  const isReserved = (option & ~(MIRROR | 0x03)) !== 0
  if (mode === undefined || isReserved || !isWhole(rights)) return undefined
  const rest = bytes.subarray(headBytes)
  if ((option & MIRROR) === 0) {
    return rest.length === 0 ? { settings: { mode, rights }, size } : undefined
  }
  const mirror = readMirror(rest)
  return mirror && { settings: { mode, rights, mirror }, size }
}

function readMirror(bytes: Uint8Array): MirrorSettings | undefined {
  const [options, low, high] = bytes
  if (options === undefined || low === undefined || high === undefined) return undefined
  const [metaRead, fileRead, counterRead] = [high >> 4, high & 0x0f, low & 0x0f].map(access)
  if (metaRead === undefined || fileRead === undefined || counterRead === undefined) {
    return undefined
  }
  if ((options & RESERVED_OPTIONS) !== 0 || (options & ASCII) === 0 || low >> 4 !== 0x0f) {
    return undefined
  }
  if (fileRead === 'free') return undefined
  const fields = fieldsOf(options, metaRead, fileRead)
  if (bytes.length !== 3 + 3 * fields.length) return undefined
  const numbers = new Map(
    fields.map((field, i) => [field, littleEndian(bytes.subarray(3 + 3 * i, 6 + 3 * i))]),
  )
  const offset = numbers.get('encryptedOffset')
  const length = numbers.get('encryptedLength')
  return {
    hasUid: (options & UID) !== 0,
    hasCounter: (options & COUNTER) !== 0,
    metaRead,
    fileRead,
    counterRead,
    uidOffset: numbers.get('uidOffset'),
    counterOffset: numbers.get('counterOffset'),
    piccDataOffset: numbers.get('piccDataOffset'),
    macInputOffset: numbers.get('macInputOffset'),
    encrypted: offset === undefined || length === undefined ? undefined : { offset, length },
    macOffset: numbers.get('macOffset'),
    counterLimit: numbers.get('counterLimit'),
  }
}

type MaybeRights = { readonly [Right in keyof AccessRights]: Access | undefined }

function isWhole(rights: MaybeRights): rights is AccessRights {
  return Object.values(rights).every((right) => right !== undefined)
}

function nibbles(high: Access, low: Access): number {
  return (nibble(high) << 4) | nibble(low)
}

function nibble(value: Access): number {
  if (value === 'free') return 0x0e
  return value === 'never' ? 0x0f : value
}

function access(value: number): Access | undefined {
  if (value === 0x0e) return 'free'
  if (value === 0x0f) return 'never'
  return value <= 4 ? (value as Access) : undefined
}

function uint24(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16)
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0)
}
