import { concat } from '../../protocol/bytes.ts'
import {
  type Command,
  decodeCommand,
  encodeResponse,
  type Response,
  Sw,
} from '../../protocol/card/apdu.ts'
import { GuardedFile, NDEF_FILE_BYTES } from '../../protocol/card/layout.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { FileId, NDEF_APPLICATION } from './ntag424.ts'
import type { VirtualCard } from './virtual-card.ts'

/**
 * A virtual NTAG 424 DNA with factory keys and access rights, as far as plain commands go: ISO
 * SELECT, READ and UPDATE BINARY, GetVersion. Authentication is not modelled: the guarded file is
 * refused as the chip refuses it to one without a key, and other native commands are unknown.
 */
export type Ntag424 = VirtualCard & {
  /** UID and the three files, for an owner that keeps the card; a write cut short included. */
  snapshot(): Uint8Array
  /** Becomes the card of a snapshot, UID included; throws `bytes.card-snapshot`. */
  restore(snapshot: Uint8Array): void
  /** Calls back after each change of a file; returns the function that stops it. */
  onChange(listener: () => void): () => void
  /** Tears the card out of the field at the n-th UPDATE BINARY from now (1 = the next), `bytes` of it written. */
  tearAt(write: number, bytes: number): void
}

/** How to make a virtual card: its UID of 7 bytes, and an NDEF file that it holds already. */
export type Ntag424Options = { readonly uid: Uint8Array; readonly ndefFile?: Uint8Array }

const UID_BYTES = 7
const CAPABILITY_BYTES = 32
const SNAPSHOT_HEAD = Uint8Array.of(0x4e, 0x34, 0x32, 0x34, 0x01)
const SNAPSHOT_BYTES =
  SNAPSHOT_HEAD.length + UID_BYTES + CAPABILITY_BYTES + NDEF_FILE_BYTES + GuardedFile.bytes

// Data sheet NT4H2421Gx §8.2.3: container of 23 bytes, mapping 2.0, MLe 256, MLc 255, then the
// NDEF file (free) and the guarded file (read key 2, write key 3).
const FACTORY_CAPABILITIES = [
  0x00, 0x17, 0x20, 0x01, 0x00, 0x00, 0xff, 0x04, 0x06, 0xe1, 0x04, 0x01, 0x00, 0x00, 0x00, 0x05,
  0x06, 0xe1, 0x05, 0x00, 0x80, 0x82, 0x83,
] as const
const VERSION_HARDWARE = Uint8Array.of(0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05)
const VERSION_SOFTWARE = Uint8Array.of(0x04, 0x04, 0x02, 0x01, 0x02, 0x11, 0x05)
const BATCH_AND_DATE = Uint8Array.of(0xcf, 0x39, 0xd4, 0x49, 0x80, 0x34, 0x20)
const READ_DATA = 0xad
const WRITE_DATA = 0x8d
const GUARDED_FILE_NUMBER = 0x03
const MASTER_FILE = 0x3f_00
const APPLICATION = 0xe1_10

/** A card fresh from the factory, or one that holds `ndefFile`. */
export function createNtag424({ uid, ndefFile }: Ntag424Options): Ntag424 {
  if (uid.length !== UID_BYTES || (ndefFile?.length ?? 0) > NDEF_FILE_BYTES) {
    throw new PersonhoodError(
      'call.virtual-card',
      `UID of ${uid.length} bytes (7 are due) or file over ${NDEF_FILE_BYTES} bytes`,
    )
  }
  return new VirtualNtag424(uid, ndefFile)
}

/** The card of a snapshot. */
export function restoreNtag424(snapshot: Uint8Array): Ntag424 {
  const card = new VirtualNtag424(new Uint8Array(UID_BYTES))
  card.restore(snapshot)
  return card
}

class VirtualNtag424 implements Ntag424 {
  readonly atqa: Uint8Array = Uint8Array.of(0x03, 0x44)
  readonly sak = 0x20
  // FSC 128 bytes, FWI 7, SFGI 1, CID allowed; one historical byte.
  readonly ats: Uint8Array = Uint8Array.of(0x06, 0x77, 0x77, 0x71, 0x02, 0x80)
  #uid: Uint8Array
  readonly #capabilities = new Uint8Array(CAPABILITY_BYTES)
  readonly #ndef = new Uint8Array(NDEF_FILE_BYTES)
  readonly #guarded = new Uint8Array(GuardedFile.bytes)
  readonly #listeners = new Set<() => void>()
  #isApplicationSelected = false
  #selected: FileId | undefined
  #versionPart = 0
  #tear: { write: number; readonly bytes: number } | undefined
  #isAway = false

  constructor(uid: Uint8Array, ndefFile?: Uint8Array) {
    this.#uid = uid.slice()
    this.#capabilities.set(FACTORY_CAPABILITIES)
    if (ndefFile !== undefined) this.#ndef.set(ndefFile)
  }

  get isAway(): boolean {
    return this.#isAway
  }

  get uid(): Uint8Array {
    return this.#uid.slice()
  }

  snapshot(): Uint8Array {
    return concat(SNAPSHOT_HEAD, this.#uid, this.#capabilities, this.#ndef, this.#guarded)
  }

  restore(snapshot: Uint8Array): void {
    const isOurs = SNAPSHOT_HEAD.every((byte, i) => snapshot[i] === byte)
    if (!isOurs || snapshot.length !== SNAPSHOT_BYTES) {
      throw new PersonhoodError(
        'bytes.card-snapshot',
        `${snapshot.length} bytes are no snapshot of a virtual card (${SNAPSHOT_BYTES} bytes)`,
      )
    }
    let at = SNAPSHOT_HEAD.length
    const take = (length: number): Uint8Array => {
      at += length
      return snapshot.slice(at - length, at)
    }
    this.#uid = take(UID_BYTES)
    for (const file of [this.#capabilities, this.#ndef, this.#guarded]) file.set(take(file.length))
    this.reset()
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tearAt(write: number, bytes: number): void {
    this.#tear = { write, bytes }
  }

  reset(): void {
    this.#isApplicationSelected = false
    this.#selected = undefined
    this.#versionPart = 0
  }

  arrive(): void {
    this.reset()
    this.#isAway = false
  }

  exchange(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#isAway) return undefined
    const command = decodeCommand(bytes)
    const response = command === undefined ? bare(Sw.wrongLength) : this.#answer(command)
    return response && encodeResponse(response)
  }

  #answer(command: Command): Response | undefined {
    if (command.cla === 0x90) return this.#native(command)
    this.#versionPart = 0
    if (command.cla !== 0x00) return bare(Sw.unknownClass)
    if (command.ins === 0xa4) return this.#select(command)
    if (command.ins === 0xb0) return this.#read(command)
    if (command.ins === 0xd6) return this.#update(command)
    return bare(Sw.unknownInstruction)
  }

  /** GetVersion in three parts, and the guarded file refused. */
  #native({ ins, data }: Command): Response {
    const part = this.#versionPart
    this.#versionPart = 0
    if (ins === 0xaf && part > 0) {
      if (part === 2) return { data: concat(this.#uid, BATCH_AND_DATE), sw: Sw.nativeOk }
      this.#versionPart = 2
      return { data: VERSION_SOFTWARE, sw: Sw.nativeMore }
    }
    const isFileData = ins === READ_DATA || ins === WRITE_DATA
    if (isFileData && data?.[0] === GUARDED_FILE_NUMBER) return bare(Sw.nativePermission)
    if (ins !== 0x60) return bare(Sw.nativeUnknown)
    if (data !== undefined) return bare(Sw.nativeLength)
    this.#versionPart = 1
    return { data: VERSION_HARDWARE, sw: Sw.nativeMore }
  }

  #select({ p1, data = new Uint8Array(0) }: Command): Response {
    if (p1 === 0x04) return this.#selectByName(data)
    if (p1 !== 0x00) return bare(Sw.wrongP1P2)
    const [high, low] = data
    if (data.length !== 2 || high === undefined || low === undefined) return bare(Sw.wrongLength)
    const id = high * 256 + low
    if (id === MASTER_FILE || id === APPLICATION) return this.#enter(id === APPLICATION)
    if (!this.#isApplicationSelected || !isFileId(id)) return bare(Sw.notFound)
    this.#selected = id
    return bare(Sw.ok)
  }

  #selectByName(name: Uint8Array): Response {
    const isName = (last: number): boolean =>
      name.length === NDEF_APPLICATION.length &&
      name.every((byte, i) => byte === (i === name.length - 1 ? last : NDEF_APPLICATION[i]))
    if (isName(0x01)) return this.#enter(true)
    // The master file's DF name differs in its last byte.
    return isName(0x00) ? this.#enter(false) : bare(Sw.notFound)
  }

  #enter(isApplication: boolean): Response {
    this.#isApplicationSelected = isApplication
    this.#selected = undefined
    return bare(Sw.ok)
  }

  #read({ p1, p2, le }: Command): Response {
    if (this.#selected === undefined) return bare(Sw.conditions)
    if (this.#selected === FileId.guarded) return bare(Sw.securityStatus)
    const file = this.#selected === FileId.ndef ? this.#ndef : this.#capabilities
    const offset = p1 * 256 + p2
    if (le === undefined) return bare(Sw.wrongLength)
    if (p1 > 0x7f || offset >= file.length) return bare(Sw.wrongP1P2)
    // Le 00 asks for all that is left.
    const end = le === 256 ? file.length : offset + le
    if (end > file.length) return bare(Sw.wrongLength)
    return { data: file.slice(offset, end), sw: Sw.ok }
  }

  #update({ p1, p2, data }: Command): Response | undefined {
    if (this.#selected === undefined) return bare(Sw.conditions)
    if (this.#selected !== FileId.ndef) return bare(Sw.securityStatus)
    const offset = p1 * 256 + p2
    if (data === undefined) return bare(Sw.wrongLength)
    if (p1 > 0x7f || offset >= this.#ndef.length) return bare(Sw.wrongP1P2)
    if (offset + data.length > this.#ndef.length) return bare(Sw.wrongLength)
    const kept = this.#tornLength()
    this.#ndef.set(data.subarray(0, kept), offset)
    this.#isAway = kept !== undefined
    for (const listener of [...this.#listeners]) listener()
    return this.#isAway ? undefined : bare(Sw.ok)
  }

  /** How many bytes of this write the card keeps when it is torn at it, else undefined. */
  #tornLength(): number | undefined {
    if (this.#tear === undefined || --this.#tear.write > 0) return undefined
    const { bytes } = this.#tear
    this.#tear = undefined
    return bytes
  }
}

function isFileId(id: number): id is FileId {
  return id === FileId.capabilities || id === FileId.ndef || id === FileId.guarded
}

/** A response of a status word alone. */
function bare(sw: number): Response {
  return { data: new Uint8Array(0), sw }
}
