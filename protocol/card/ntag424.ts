import { concat } from '../bytes.ts'
import { PersonhoodError } from '../errors.ts'
import { type Command, type Response, Sw, swText } from './apdu.ts'
import { NDEF_FILE_BYTES, NLEN_BYTES } from './layout.ts'

/**
 * A conversation with a card as data: it yields commands and is resumed with the card's answers,
 * whoever carries them: the reader at hand, or a session with a kiosk elsewhere.
 */
export type CardScript<Result> = Generator<Command, Result, Response>

/** AID of the NDEF application (NFC Forum Type 4 Tag 2.0), and DF name of an NTAG 424 DNA's only one. */
export const NDEF_APPLICATION: Uint8Array = Uint8Array.of(0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01)

/** ISO file identifiers of an NTAG 424 DNA (data sheet NT4H2421Gx §8.2.3). */
export const FileId = { capabilities: 0xe1_03, ndef: 0xe1_04, guarded: 0xe1_05 } as const
export type FileId = (typeof FileId)[keyof typeof FileId]

/**
 * Bytes moved in one READ or UPDATE BINARY: with command head, status word and the reader's own
 * bytes it stays under 255, so that no extended frame is needed, and under the card's MLc.
 */
export const MAX_CHUNK_BYTES = 240

/** What the capability container says of the NDEF file (NFC Forum Type 4 Tag 2.0, NDEF File Control TLV). */
export type Capabilities = {
  readonly fileId: number
  readonly fileBytes: number
  /** Longest UPDATE BINARY that the card takes, in bytes (MLc). */
  readonly maxWrite: number
  readonly isReadable: boolean
  readonly isWritable: boolean
}

/** The hardware part of GetVersion. */
export type CardVersion = {
  readonly vendor: number
  readonly type: number
  readonly storage: number
  readonly major: number
}

const NATIVE_CLA = 0x90
const GET_VERSION = 0x60
const GET_KEY_VERSION = 0x64
const ADDITIONAL_FRAME = 0xaf
const MIN_CAPABILITY_BYTES = 15
const NDEF_FILE_CONTROL = 0x04
const VENDOR_NXP = 0x04
const TYPE_NTAG = 0x04
const STORAGE_416 = 0x11

/** Selects the NDEF application; false where the card has none. Ends any session with the card. */
export function* selectNdefApplication(): CardScript<boolean> {
  const { sw } = yield {
    cla: 0x00,
    ins: 0xa4,
    p1: 0x04,
    p2: 0x00,
    data: NDEF_APPLICATION,
    le: 256,
  }
  return sw === Sw.ok
}

/** Selects a file of the application by its identifier; false where there is none. */
export function* selectFile(fileId: number): CardScript<boolean> {
  const data = Uint8Array.of(fileId >> 8, fileId)
  const { sw } = yield { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x0c, data }
  return sw === Sw.ok
}

/** One READ BINARY of the selected file; the response tells success by its status word. */
export function* readBinary(offset: number, length: number): CardScript<Response> {
  return yield { cla: 0x00, ins: 0xb0, p1: offset >> 8, p2: offset & 0xff, le: length }
}

/** One UPDATE BINARY of the selected file. */
export function* updateBinary(offset: number, data: Uint8Array): CardScript<Response> {
  return yield { cla: 0x00, ins: 0xd6, p1: offset >> 8, p2: offset & 0xff, data }
}

/** Reads the selected file from byte `start` up to byte `end`; undefined where the card refuses. */
export function* readBytes(start: number, end: number): CardScript<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  for (let at = start; at < end; ) {
    const length = Math.min(MAX_CHUNK_BYTES, end - at)
    const { data, sw } = yield* readBinary(at, length)
    if (sw !== Sw.ok || data.length === 0 || data.length > length) return undefined
    parts.push(data)
    at += data.length
  }
  return concat(...parts)
}

/**
 * Selects and reads the NDEF file without a key, as far as its message goes, the rest as zeros;
 * undefined where there is none, or the card wants a key.
 */
export function* readNdefFile(): CardScript<Uint8Array | undefined> {
  if (!(yield* selectFile(FileId.ndef))) return undefined
  const head = yield* readBinary(0, MAX_CHUNK_BYTES)
  if (head.sw !== Sw.ok) return undefined
  const file = new Uint8Array(NDEF_FILE_BYTES)
  file.set(head.data.subarray(0, MAX_CHUNK_BYTES))
  const length = NLEN_BYTES + (file[0] ?? 0) * 256 + (file[1] ?? 0)
  // Behind a zero NLEN the whole file counts: a torn write may reach to its end.
  const end = length === NLEN_BYTES && isAny(file) ? NDEF_FILE_BYTES : length
  if (end > head.data.length && end <= NDEF_FILE_BYTES) {
    const tail = yield* readBytes(head.data.length, end)
    if (tail === undefined) return undefined
    file.set(tail, head.data.length)
  }
  return file
}

/** Reads the capability container; undefined where the card has none that names an NDEF file. */
export function* readCapabilities(): CardScript<Capabilities | undefined> {
  if (!(yield* selectFile(FileId.capabilities))) return undefined
  const { data, sw } = yield* readBinary(0, MIN_CAPABILITY_BYTES)
  return sw === Sw.ok ? decodeCapabilities(data) : undefined
}

/** CCLEN 2, mapping version 1, MLe 2, MLc 2, then T 04, L 06, file 2, size 2, read and write access. */
export function decodeCapabilities(bytes: Uint8Array): Capabilities | undefined {
  if (bytes.length < MIN_CAPABILITY_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const isNdefControl = bytes[7] === NDEF_FILE_CONTROL && bytes[8] === 6
  if (view.getUint16(0) < MIN_CAPABILITY_BYTES || !isNdefControl) return undefined
  return {
    maxWrite: view.getUint16(5),
    fileId: view.getUint16(9),
    fileBytes: view.getUint16(11),
    isReadable: bytes[13] === 0,
    isWritable: bytes[14] === 0,
  }
}

/** GetVersion in its three parts; undefined where the card does not know the command. */
export function* getVersion(): CardScript<CardVersion | undefined> {
  const hardware = yield native(GET_VERSION)
  if (hardware.sw !== Sw.nativeMore) return undefined
  const software = yield native(ADDITIONAL_FRAME)
  const production = yield native(ADDITIONAL_FRAME)
  const [vendor, type, , major, , storage] = hardware.data
  const isWhole = software.sw === Sw.nativeMore && production.sw === Sw.nativeOk
  if (!isWhole || vendor === undefined || type === undefined) return undefined
  return { vendor, type, major: major ?? 0, storage: storage ?? 0 }
}

/** True for an NTAG 424 DNA: NXP, NTAG family, 416 bytes (data sheet NT4H2421Gx, GetVersion). */
export function isNtag424(version: CardVersion): boolean {
  return (
    version.vendor === VENDOR_NXP && version.type === TYPE_NTAG && version.storage === STORAGE_416
  )
}

/** The version byte of a slot's key, which needs no key; undefined where the card does not tell. */
export function* getKeyVersion(slot: number): CardScript<number | undefined> {
  const { sw, data } = yield native(GET_KEY_VERSION, Uint8Array.of(slot))
  return sw === Sw.nativeOk && data.length === 1 ? data[0] : undefined
}

/** A native command in its ISO/IEC 7816-4 wrapping. */
export function native(ins: number, data?: Uint8Array): Command {
  const isEmpty = data === undefined || data.length === 0
  return { cla: NATIVE_CLA, ins, p1: 0, p2: 0, ...(isEmpty ? {} : { data }), le: 256 }
}

/** The error for a card that refuses what its own files say it should do. */
export function refusal(what: string, sw: number): PersonhoodError {
  return new PersonhoodError('card.refused', `the card would not ${what}: ${swText(sw)}`)
}

function isAny(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte !== 0)
}
