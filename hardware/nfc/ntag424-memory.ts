import { concat, equalBytes } from '../../protocol/bytes.ts'
import { FACTORY_KEY } from '../../protocol/card/card-keys.ts'
import {
  decodeFileSettings,
  encodeFileSettings,
  type FileSettings,
} from '../../protocol/card/file-settings.ts'
import { GuardedFile, NDEF_FILE_BYTES } from '../../protocol/card/layout.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** A file of the chip: its bytes, and who may do what to it. */
export type ChipFile = { readonly bytes: Uint8Array; settings: FileSettings }

/** One of the five keys, and how often it was tried in vain. */
export type ChipKey = {
  key: Uint8Array
  version: number
  /** Wrong tries since the last right one. */
  failuresInRow: number
  failures: number
}

/** Numbers of the files (data sheet NT4H2421Gx §8.2.3). */
export const FileNumber = { capabilities: 1, ndef: 2, guarded: 3 } as const

const UID_BYTES = 7
const KEYS = 5
const KEY_BYTES = 16
const CAPABILITY_BYTES = 32
const HEAD = Uint8Array.of(0x4e, 0x34, 0x32, 0x34)
const WITHOUT_KEYS = 0x01
const WITH_KEYS = 0x02

// §8.2.3: container of 23 bytes, mapping 2.0, MLe 256, MLc 255, then the NDEF file (free) and the
// guarded file (read key 2, write key 3).
const FACTORY_CAPABILITIES = [
  0x00, 0x17, 0x20, 0x01, 0x00, 0x00, 0xff, 0x04, 0x06, 0xe1, 0x04, 0x01, 0x00, 0x00, 0x00, 0x05,
  0x06, 0xe1, 0x05, 0x00, 0x80, 0x82, 0x83,
] as const
const FACTORY_SETTINGS: readonly FileSettings[] = [
  { mode: 'plain', rights: { read: 'free', write: 0, readWrite: 0, change: 0 } },
  { mode: 'plain', rights: { read: 'free', write: 'free', readWrite: 'free', change: 0 } },
  { mode: 'full', rights: { read: 2, write: 3, readWrite: 3, change: 0 } },
]

/** What a virtual NTAG 424 DNA keeps without power; each write can be torn. */
export class Ntag424Memory {
  uid: Uint8Array
  hasRandomUid = false
  /** Reads of the NDEF file without authentication since mirroring began, 24 bits. */
  mirrorCounter = 0
  readonly keys: readonly ChipKey[] = Array.from({ length: KEYS }, factoryKey)
  readonly files: readonly ChipFile[] = [
    file(CAPABILITY_BYTES, 0),
    file(NDEF_FILE_BYTES, 1),
    file(GuardedFile.bytes, 2),
  ]
  readonly #listeners = new Set<() => void>()
  #tear: (Tear & { write: number }) | undefined

  constructor(uid: Uint8Array, ndefFile?: Uint8Array) {
    this.uid = uid.slice()
    this.#bytesOf(FileNumber.capabilities).set(FACTORY_CAPABILITIES)
    if (ndefFile !== undefined) this.#bytesOf(FileNumber.ndef).set(ndefFile)
  }

  file(number: number): ChipFile | undefined {
    return this.files[number - 1]
  }

  /** Writes bytes that fit; false when the card was torn at it, with the first of them written. */
  write(into: ChipFile, offset: number, bytes: Uint8Array): boolean {
    const tear = this.#takeTear()
    into.bytes.set(bytes.subarray(0, tear?.bytes), offset)
    const at = offset + (tear?.bytes ?? 0)
    if (tear?.isSpoilt === true && tear.bytes < bytes.length) {
      into.bytes[at] = ~(into.bytes[at] ?? 0) & 0xff
    }
    this.tell()
    return tear === undefined
  }

  /** Changes something that is written whole or not at all; false when the card was torn at it. */
  change(act: () => void): boolean {
    const tear = this.#takeTear()
    if (tear?.bytes !== 0) act()
    this.tell()
    return tear === undefined
  }

  tearAt(write: number, bytes: number, isSpoilt: boolean): void {
    this.#tear = { write, bytes, isSpoilt }
  }

  /** Tells the owner that something has changed. */
  tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  snapshot(): Uint8Array {
    const keys = this.keys.map(({ key, version, failuresInRow, failures }) =>
      concat(key, Uint8Array.of(version, failuresInRow, failures >> 8, failures)),
    )
    const settings = this.files.map(({ settings: own }) => {
      const bytes = encodeFileSettings(own)
      return concat(Uint8Array.of(bytes.length), bytes)
    })
    const counter = this.mirrorCounter
    return concat(
      HEAD,
      Uint8Array.of(WITH_KEYS),
      this.uid,
      ...this.files.map(({ bytes }) => bytes),
      ...keys,
      Uint8Array.of(this.hasRandomUid ? 1 : 0, counter >> 16, counter >> 8, counter),
      ...settings,
    )
  }

  /** Throws `bytes.card-snapshot`; a snapshot of before there were keys has the factory's. */
  restore(snapshot: Uint8Array): void {
    const read = readSnapshot(snapshot)
    if (read === undefined) {
      throw new PersonhoodError(
        'bytes.card-snapshot',
        `${snapshot.length} bytes are no snapshot of a virtual card`,
      )
    }
    this.uid = read.uid
    this.hasRandomUid = read.hasRandomUid
    this.mirrorCounter = read.mirrorCounter
    for (const [i, own] of this.files.entries()) {
      own.bytes.set(read.files[i] ?? own.bytes)
      own.settings = read.settings[i] ?? own.settings
    }
    for (const [i, own] of this.keys.entries()) Object.assign(own, read.keys[i])
  }

  #bytesOf(number: number): Uint8Array {
    return this.file(number)?.bytes ?? new Uint8Array(0)
  }

  /** The tear that is due at this write. */
  #takeTear(): Tear | undefined {
    const tear = this.#tear
    if (tear === undefined || --tear.write > 0) return undefined
    this.#tear = undefined
    return tear
  }
}

/** Bytes that are written, and whether the next one holds neither what it did nor what it should. */
type Tear = { readonly bytes: number; readonly isSpoilt: boolean }

function file(length: number, number: number): ChipFile {
  const [settings] = FACTORY_SETTINGS.slice(number)
  if (settings === undefined) throw new PersonhoodError('call.virtual-card', 'no such file')
  return { bytes: new Uint8Array(length), settings }
}

function factoryKey(): ChipKey {
  return { key: FACTORY_KEY, version: 0, failuresInRow: 0, failures: 0 }
}

type Snapshot = {
  readonly uid: Uint8Array
  readonly files: readonly Uint8Array[]
  readonly keys: readonly ChipKey[]
  readonly hasRandomUid: boolean
  readonly mirrorCounter: number
  readonly settings: readonly FileSettings[]
}

function readSnapshot(snapshot: Uint8Array): Snapshot | undefined {
  let at = 0
  const take = (length: number): Uint8Array => {
    at += length
    return snapshot.slice(at - length, at)
  }
  const isOurs = equalBytes(take(HEAD.length), HEAD)
  const [version] = take(1)
  const uid = take(UID_BYTES)
  const files = [CAPABILITY_BYTES, NDEF_FILE_BYTES, GuardedFile.bytes].map(take)
  if (!isOurs || at > snapshot.length) return undefined
  if (version === WITHOUT_KEYS && at === snapshot.length) {
    const keys = Array.from({ length: KEYS }, factoryKey)
    const settings = FACTORY_SETTINGS
    return { uid, files, keys, settings, hasRandomUid: false, mirrorCounter: 0 }
  }
  if (version !== WITH_KEYS) return undefined
  const keys = Array.from({ length: KEYS }, () => readKey(take(KEY_BYTES), take(4)))
  const [hasRandomUid, ...counter] = take(4)
  const settings = files.map(() => decodeFileSettings(take(take(1)[0] ?? 0)))
  const known = settings.filter((own) => own !== undefined)
  if (at !== snapshot.length || known.length !== settings.length) return undefined
  return {
    uid,
    files,
    keys,
    hasRandomUid: hasRandomUid === 1,
    mirrorCounter: counter.reduce((value, byte) => value * 256 + byte, 0),
    settings: known,
  }
}

function readKey(
  key: Uint8Array,
  [version = 0, failuresInRow = 0, high = 0, low = 0]: Uint8Array,
): ChipKey {
  return { key, version, failuresInRow, failures: high * 256 + low }
}
