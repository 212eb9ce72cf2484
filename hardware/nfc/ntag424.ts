import { concat } from '../../protocol/bytes.ts'
import {
  type Command,
  decodeResponse,
  encodeCommand,
  type Response,
  Sw,
  swText,
} from '../../protocol/card/apdu.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { Pcd, Picc } from './pn532.ts'

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

/** A talk with one card that answers ISO/IEC 7816-4 commands. */
export type CardSession = {
  readonly pcd: Pcd
  readonly picc: Picc
  readonly signal: AbortSignal | undefined
}

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
const ADDITIONAL_FRAME = 0xaf
const MIN_CAPABILITY_BYTES = 15
const NDEF_FILE_CONTROL = 0x04
const VENDOR_NXP = 0x04
const TYPE_NTAG = 0x04
const STORAGE_416 = 0x11
const MAX_SENDINGS = 3

/** Selects the NDEF application; false where the card has none. */
export async function selectNdefApplication(card: CardSession): Promise<boolean> {
  const { sw } = await exchange(card, {
    cla: 0x00,
    ins: 0xa4,
    p1: 0x04,
    p2: 0x00,
    data: NDEF_APPLICATION,
    le: 256,
  })
  return sw === Sw.ok
}

/** Selects a file of the application by its identifier; false where there is none. */
export async function selectFile(card: CardSession, fileId: number): Promise<boolean> {
  const data = Uint8Array.of(fileId >> 8, fileId)
  const { sw } = await exchange(card, { cla: 0x00, ins: 0xa4, p1: 0x00, p2: 0x0c, data })
  return sw === Sw.ok
}

/** One READ BINARY of the selected file; the response tells success by its status word. */
export async function readBinary(
  card: CardSession,
  offset: number,
  length: number,
): Promise<Response> {
  return await exchange(card, {
    cla: 0x00,
    ins: 0xb0,
    p1: offset >> 8,
    p2: offset & 0xff,
    le: length,
  })
}

/** One UPDATE BINARY of the selected file. */
export async function updateBinary(
  card: CardSession,
  offset: number,
  data: Uint8Array,
): Promise<Response> {
  return await exchange(card, { cla: 0x00, ins: 0xd6, p1: offset >> 8, p2: offset & 0xff, data })
}

/** Reads the selected file from byte `start` up to byte `end`; undefined where the card refuses. */
export async function readBytes(
  card: CardSession,
  start: number,
  end: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  for (let at = start; at < end; ) {
    const length = Math.min(MAX_CHUNK_BYTES, end - at)
    const { data, sw } = await readBinary(card, at, length)
    if (sw !== Sw.ok || data.length === 0 || data.length > length) return undefined
    parts.push(data)
    at += data.length
  }
  return concat(...parts)
}

/** Reads the capability container; undefined where the card has none that names an NDEF file. */
export async function readCapabilities(card: CardSession): Promise<Capabilities | undefined> {
  if (!(await selectFile(card, FileId.capabilities))) return undefined
  const { data, sw } = await readBinary(card, 0, MIN_CAPABILITY_BYTES)
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
export async function getVersion(card: CardSession): Promise<CardVersion | undefined> {
  // The parts follow one another, so a lost one is had again only from the first on.
  return await repeated(async () => {
    const hardware = await native(card, GET_VERSION)
    if (hardware.sw !== Sw.nativeMore) return undefined
    const software = await native(card, ADDITIONAL_FRAME)
    const production = await native(card, ADDITIONAL_FRAME)
    const [vendor, type, , major, , storage] = hardware.data
    const isWhole = software.sw === Sw.nativeMore && production.sw === Sw.nativeOk
    if (!isWhole || vendor === undefined || type === undefined) return undefined
    return { vendor, type, major: major ?? 0, storage: storage ?? 0 }
  })
}

/** True for an NTAG 424 DNA: NXP, NTAG family, 416 bytes (data sheet NT4H2421Gx, GetVersion). */
export function isNtag424(version: CardVersion): boolean {
  return (
    version.vendor === VENDOR_NXP && version.type === TYPE_NTAG && version.storage === STORAGE_416
  )
}

function native(card: CardSession, ins: number): Promise<Response> {
  return send(card, { cla: NATIVE_CLA, ins, p1: 0, p2: 0, le: 256 })
}

/** A plain command may run twice, so an answer that the reader lost is asked for again. */
function exchange(card: CardSession, command: Command): Promise<Response> {
  return repeated(() => send(card, command))
}

async function send({ pcd, picc, signal }: CardSession, command: Command): Promise<Response> {
  return decodeResponse(await pcd.transceive(picc, encodeCommand(command), signal))
}

async function repeated<T>(act: () => Promise<T>): Promise<T> {
  for (let time = 1; ; time++) {
    try {
      return await act()
    } catch (error) {
      const isLineFault = hasCode(error, 'device.timeout') || hasCode(error, 'device.garbled')
      if (!isLineFault || time === MAX_SENDINGS) throw error
    }
  }
}

/** The error for a card that refuses what its own files say it should do. */
export function refusal(what: string, sw: number): PersonhoodError {
  return new PersonhoodError('card.refused', `the card would not ${what}: ${swText(sw)}`)
}
