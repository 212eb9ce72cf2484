import {
  type Command,
  decodeCommand,
  encodeResponse,
  type Response,
  Sw,
} from '../../protocol/card/apdu.ts'
import { NDEF_FILE_BYTES } from '../../protocol/card/layout.ts'
import { FileId, NDEF_APPLICATION } from '../../protocol/card/ntag424.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type ChipFile, FileNumber, Ntag424Memory } from './ntag424-memory.ts'
import { randomIdentity } from './ntag424-mirroring.ts'
import { Ntag424Native } from './ntag424-native.ts'
import { type Draw, drawBytes } from './simulated-aes.ts'
import type { VirtualCard } from './virtual-card.ts'

/**
 * A virtual NTAG 424 DNA: ISO file commands, five keys with EV2 authentication and secure messaging,
 * rights per file, mirroring, random identity, wrong tries counted. It refuses what the data sheet
 * (NT4H2421Gx rev. 3.0) says the chip refuses. Not modelled: LRP, GetFileCounters, Read_Sig, and
 * GetVersion within a session.
 */
export type Ntag424 = VirtualCard & {
  /** All that the card keeps without power, for its owner; a write cut short included. */
  snapshot(): Uint8Array
  /** Becomes the card of a snapshot, UID included; throws `bytes.card-snapshot`. */
  restore(snapshot: Uint8Array): void
  /** Calls back after each change of what it keeps; returns the function that stops it. */
  onChange(listener: () => void): () => void
  /**
   * Tears the card out of the field at the n-th write from now (1 = the next): `bytes` of it are
   * written, and where it spoils, the next byte holds neither old nor new. A key, settings and
   * configuration are written whole or, with 0, not at all.
   */
  tearAt(write: number, bytes: number, isSpoilt?: boolean): void
}

/** How to make a virtual card: its UID of 7 bytes, an NDEF file that it holds already, what it draws. */
export type Ntag424Options = {
  readonly uid: Uint8Array
  readonly ndefFile?: Uint8Array
  readonly draw?: Draw
}

const UID_BYTES = 7
const MASTER_FILE = 0x3f_00
const APPLICATION = 0xe1_10
const FILES: ReadonlyMap<number, number> = new Map([
  [FileId.capabilities, FileNumber.capabilities],
  [FileId.ndef, FileNumber.ndef],
  [FileId.guarded, FileNumber.guarded],
])

/** A card fresh from the factory, or one that holds `ndefFile`. */
export function createNtag424({ uid, ndefFile, draw }: Ntag424Options): Ntag424 {
  if (uid.length !== UID_BYTES || (ndefFile?.length ?? 0) > NDEF_FILE_BYTES) {
    throw new PersonhoodError(
      'call.virtual-card',
      `UID of ${uid.length} bytes (7 are due) or file over ${NDEF_FILE_BYTES} bytes`,
    )
  }
  return new VirtualNtag424(uid, ndefFile, draw)
}

/** The card of a snapshot. */
export function restoreNtag424(snapshot: Uint8Array, draw?: Draw): Ntag424 {
  const card = new VirtualNtag424(new Uint8Array(UID_BYTES), undefined, draw)
  card.restore(snapshot)
  return card
}

class VirtualNtag424 implements Ntag424 {
  readonly atqa: Uint8Array = Uint8Array.of(0x03, 0x44)
  readonly sak = 0x20
  // FSC 128 bytes, FWI 7, SFGI 1, CID allowed; one historical byte.
  readonly ats: Uint8Array = Uint8Array.of(0x06, 0x77, 0x77, 0x71, 0x02, 0x80)
  readonly #draw: Draw
  readonly #memory: Ntag424Memory
  readonly #native: Ntag424Native
  #identity: Uint8Array | undefined
  #isApplicationSelected = false
  #selected: ChipFile | undefined
  #hasCounted = false
  #isAway = false

  constructor(uid: Uint8Array, ndefFile: Uint8Array | undefined, draw: Draw = drawBytes) {
    this.#draw = draw
    this.#memory = new Ntag424Memory(uid, ndefFile)
    this.#native = new Ntag424Native(this.#memory, draw)
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** As the field shows it: random, and another at each arrival, where the card is set so. */
  get uid(): Uint8Array {
    if (!this.#memory.hasRandomUid) return this.#memory.uid.slice()
    this.#identity ??= randomIdentity(this.#draw)
    return this.#identity.slice()
  }

  snapshot(): Uint8Array {
    return this.#memory.snapshot()
  }

  restore(snapshot: Uint8Array): void {
    this.#memory.restore(snapshot)
    this.reset()
  }

  onChange(listener: () => void): () => void {
    return this.#memory.onChange(listener)
  }

  tearAt(write: number, bytes: number, isSpoilt = false): void {
    this.#memory.tearAt(write, bytes, isSpoilt)
  }

  reset(): void {
    this.#isApplicationSelected = false
    this.#selected = undefined
    this.#hasCounted = false
    this.#native.reset()
  }

  arrive(): void {
    this.reset()
    this.#identity = undefined
    this.#isAway = false
  }

  exchange(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#isAway) return undefined
    const command = decodeCommand(bytes)
    const response = command === undefined ? bare(Sw.wrongLength) : this.#answer(command)
    this.#isAway = response === undefined
    return response && encodeResponse(response)
  }

  #answer(command: Command): Response | undefined {
    if (command.cla === 0x90) return this.#native.answer(command, this.#isApplicationSelected)
    this.#native.abandon()
    if (command.cla !== 0x00) return bare(Sw.unknownClass)
    if (command.ins === 0xa4) return this.#select(command)
    if (command.ins === 0xb0) return this.#read(command)
    if (command.ins === 0xd6) return this.#update(command)
    return bare(Sw.unknownInstruction)
  }

  #select({ p1, data = new Uint8Array(0) }: Command): Response {
    if (p1 === 0x04) return this.#selectByName(data)
    if (p1 !== 0x00) return bare(Sw.wrongP1P2)
    const [high, low] = data
    if (data.length !== 2 || high === undefined || low === undefined) return bare(Sw.wrongLength)
    const id = high * 256 + low
    if (id === MASTER_FILE || id === APPLICATION) return this.#enter(id === APPLICATION)
    const file = this.#memory.file(FILES.get(id) ?? 0)
    if (!this.#isApplicationSelected || file === undefined) return bare(Sw.notFound)
    this.#selected = file
    this.#hasCounted = false
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
    this.#native.reset()
    return bare(Sw.ok)
  }

  #read({ p1, p2, le }: Command): Response {
    const file = this.#selected
    if (file === undefined) return bare(Sw.conditions)
    const { rights, mirror } = file.settings
    const isMirrored = mirror !== undefined && mirror.fileRead !== 'never'
    const isFree = rights.read === 'free' || rights.readWrite === 'free' || isMirrored
    if (!isFree || this.#native.isAuthenticated) return bare(Sw.securityStatus)
    const offset = p1 * 256 + p2
    if (le === undefined) return bare(Sw.wrongLength)
    if (p1 > 0x7f || offset >= file.bytes.length) return bare(Sw.wrongP1P2)
    // Le 00 asks for all that is left.
    const end = le === 256 ? file.bytes.length : offset + le
    if (end > file.bytes.length) return bare(Sw.wrongLength)
    // One tap is one count, however many commands it takes to read the file.
    if (mirror?.hasCounter === true && !this.#hasCounted) {
      this.#hasCounted = true
      this.#memory.mirrorCounter += 1
      this.#memory.tell()
    }
    return { data: this.#native.shown(file).slice(offset, end), sw: Sw.ok }
  }

  #update({ p1, p2, data }: Command): Response | undefined {
    const file = this.#selected
    if (file === undefined) return bare(Sw.conditions)
    const { write, readWrite } = file.settings.rights
    const isFree = write === 'free' || readWrite === 'free'
    if (!isFree || this.#native.isAuthenticated) return bare(Sw.securityStatus)
    const offset = p1 * 256 + p2
    if (data === undefined) return bare(Sw.wrongLength)
    if (p1 > 0x7f || offset >= file.bytes.length) return bare(Sw.wrongP1P2)
    if (offset + data.length > file.bytes.length) return bare(Sw.wrongLength)
    return this.#memory.write(file, offset, data) ? bare(Sw.ok) : undefined
  }
}

/** A response of a status word alone. */
function bare(sw: number): Response {
  return { data: new Uint8Array(0), sw }
}
