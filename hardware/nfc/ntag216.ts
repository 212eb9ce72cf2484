import { concat, equalBytes } from '../../protocol/bytes.ts'
import {
  type CardFile,
  type CardFileReading,
  encodeCardFile,
  NLEN_BYTES,
} from '../../protocol/card/layout.ts'
import {
  dataBytesOf,
  encodeNdefTlv,
  FIRST_DATA_PAGE,
  findNdefTlv,
  PAGE_BYTES,
  planPages,
  readCarrier,
} from '../../protocol/card/type2.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Pcd, Picc } from './pn532.ts'

/** An NTAG216 on the reader: a carrier of signed bytes that anybody can copy; it proves nothing of itself. */
export type Carrier = { readonly pcd: Pcd; readonly picc: Picc; readonly signal?: AbortSignal }

/** What protects a carrier against overwriting: 4 bytes of password, 2 that the chip answers. */
export type CarrierPassword = { readonly password: Uint8Array; readonly answer: Uint8Array }

/** Pages of an NTAG216's data area, and of its configuration (data sheet NTAG213_215_216 §8.5). */
export const Ntag216Page = {
  capabilities: 3,
  end: 0xe2,
  protectedFrom: 0xe3,
  access: 0xe4,
  password: 0xe5,
  answer: 0xe6,
} as const

const READ = 0x30
const WRITE = 0xa2
const PASSWORD = 0x1b
const READ_BYTES = 16
const ACKNOWLEDGED = 0x0a
/** Longest data area that is read: more than any message of ours. */
const MAX_DATA_BYTES = 272

/** Reads what is on it; undefined where it is no Type 2 Tag with an NDEF message in reach. */
export async function readNtag216(carrier: Carrier): Promise<CardFileReading | undefined> {
  const found = await readMessage(carrier)
  return found && readCarrier(found.message)
}

/**
 * Writes our file to a carrier that is blank or ours, and reads it back. Rejects with
 * `card.foreign` (nothing written), `card.refused`, `card.spoiled`, `card.moved`; the same call on
 * the same carrier finishes what a tear left.
 */
export async function writeNtag216(
  carrier: Carrier,
  file: CardFile,
  password?: CarrierPassword,
): Promise<void> {
  const wanted = encodeNdefTlv(encodeCardFile(file).subarray(NLEN_BYTES))
  const found = await readMessage(carrier)
  if (found === undefined || readCarrier(found.message).kind === 'foreign') {
    throw new PersonhoodError(
      'card.foreign',
      'this carrier holds something else, or is none; nothing was written',
    )
  }
  if (password !== undefined) await unlock(carrier, password)
  const current = await readPages(carrier, FIRST_DATA_PAGE, wanted.length)
  if (current === undefined) throw refused('be read')
  for (const { page, bytes } of planPages(current, wanted)) await writePage(carrier, page, bytes)
  const back = await readPages(carrier, FIRST_DATA_PAGE, wanted.length)
  if (back === undefined || !equalBytes(back, wanted)) {
    throw new PersonhoodError('card.spoiled', 'the carrier does not read back as written')
  }
}

/** Sets the password, and from then on nobody writes without it; reading stays free. */
export async function protectNtag216(
  carrier: Carrier,
  { password, answer }: CarrierPassword,
): Promise<void> {
  if (password.length !== PAGE_BYTES || answer.length !== 2) {
    throw new PersonhoodError('call.card-password', 'a password has 4 bytes, its answer 2')
  }
  await writePage(carrier, Ntag216Page.password, password)
  await writePage(carrier, Ntag216Page.answer, concat(answer, new Uint8Array(2)))
  const from =
    (await readPages(carrier, Ntag216Page.protectedFrom, PAGE_BYTES)) ?? new Uint8Array(4)
  await writePage(carrier, Ntag216Page.protectedFrom, from.with(3, FIRST_DATA_PAGE))
}

async function unlock(
  { pcd, signal }: Carrier,
  { password, answer }: CarrierPassword,
): Promise<void> {
  const command = concat(Uint8Array.of(PASSWORD), password)
  const got = await pcd.transceiveRaw(command, signal).catch((cause: unknown) => {
    throw new PersonhoodError('card.refused', 'the carrier does not take this password', { cause })
  })
  // A wrong answer is a carrier that takes any password: not the one that was protected.
  if (!equalBytes(got, answer)) throw refused('give the answer to its password')
}

type Found = { readonly message: Uint8Array }

async function readMessage(carrier: Carrier): Promise<Found | undefined> {
  const head = await readPages(carrier, Ntag216Page.capabilities, PAGE_BYTES)
  const size = head && dataBytesOf(head)
  if (size === undefined) return undefined
  const limit = Math.min(size, MAX_DATA_BYTES)
  let data = new Uint8Array(0)
  let needed = READ_BYTES
  while (data.length < needed && data.length < limit) {
    const page = FIRST_DATA_PAGE + data.length / PAGE_BYTES
    const more = await readPages(carrier, page, READ_BYTES)
    if (more === undefined) return undefined
    data = Uint8Array.from(concat(data, more))
    const tlv = findNdefTlv(data)
    if (tlv === undefined) return undefined
    needed = tlv === 'more' ? data.length + READ_BYTES : tlv.valueAt + tlv.length
  }
  const tlv = findNdefTlv(data)
  if (tlv === 'more' || tlv === undefined) return undefined
  const message = data.slice(tlv.valueAt, tlv.valueAt + tlv.length)
  return message.length === tlv.length ? { message } : undefined
}

/** Whole pages, 16 bytes a command; undefined where the carrier answers otherwise. */
async function readPages(
  { pcd, picc, signal }: Carrier,
  page: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  for (let at = 0; at < length; at += READ_BYTES) {
    const command = Uint8Array.of(READ, page + at / PAGE_BYTES)
    const part = await pcd.transceive(picc, command, signal)
    if (part.length !== READ_BYTES) return undefined
    parts.push(part)
  }
  return concat(...parts).slice(0, length)
}

async function writePage(
  { pcd, picc, signal }: Carrier,
  page: number,
  bytes: Uint8Array,
): Promise<void> {
  const answer = await pcd.transceive(picc, concat(Uint8Array.of(WRITE, page), bytes), signal)
  const isTaken = answer.length === 0 || answer[0] === ACKNOWLEDGED
  if (!isTaken) throw refused(`take page ${page}`)
}

function refused(what: string): PersonhoodError {
  return new PersonhoodError('card.refused', `the carrier would not ${what}`)
}
