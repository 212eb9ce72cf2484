import { equalBytes } from '../../protocol/bytes.ts'
import { Sw } from '../../protocol/card/apdu.ts'
import {
  type CardFile,
  type CardFileReading,
  decodeCardFile,
  encodeCardFile,
  NDEF_FILE_BYTES,
  NLEN_BYTES,
} from '../../protocol/card/layout.ts'
import { planCardWrites } from '../../protocol/card/write-plan.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import {
  type Capabilities,
  type CardSession,
  FileId,
  getVersion,
  isNtag424,
  MAX_CHUNK_BYTES,
  readBinary,
  readBytes,
  readCapabilities,
  refusal,
  selectFile,
  selectNdefApplication,
  updateBinary,
} from './ntag424.ts'
import type { Pcd, Picc } from './pn532.ts'

/** What is on a card in the field; `foreign` also for a card of another kind. */
export type CardContents = CardFileReading

/** How a write went: commands that changed the card, and bytes that they carried. */
export type CardWritten = { readonly writes: number; readonly bytes: number }

const ISO_14443_4 = 0x20
const FOREIGN: CardContents = { kind: 'foreign' }

/**
 * Reads a card. Rejects with `card.moved` when it leaves, `device.*` when the reader fails; what the
 * card is, ours or not, is a result. The capability container is not read here: a tap is timed, and
 * a card without our file where ours is, is not ours.
 */
export async function readCard(pcd: Pcd, picc: Picc, signal?: AbortSignal): Promise<CardContents> {
  if ((picc.sak & ISO_14443_4) === 0) return FOREIGN
  const card: CardSession = { pcd, picc, signal }
  if (!(await selectNdefApplication(card))) return FOREIGN
  if (!(await selectFile(card, FileId.ndef))) return FOREIGN
  const head = await readBinary(card, 0, MAX_CHUNK_BYTES)
  if (head.sw !== Sw.ok) return FOREIGN
  const file = new Uint8Array(NDEF_FILE_BYTES)
  file.set(head.data.subarray(0, MAX_CHUNK_BYTES))
  const length = NLEN_BYTES + (file[0] ?? 0) * 256 + (file[1] ?? 0)
  if (length > head.data.length && length <= NDEF_FILE_BYTES) {
    const tail = await readBytes(card, head.data.length, length)
    if (tail === undefined) return FOREIGN
    file.set(tail, head.data.length)
  }
  return decodeCardFile(file)
}

/**
 * Writes our file to a card that is blank or ours, and reads it back. Only bytes that differ are
 * written, so an upgrade is a patch, and the same call with the same card finishes what a tear left.
 * Rejects with `card.foreign` (nothing written), `card.unsuitable` (not a card we can use),
 * `card.moved` (put it back and repeat), `card.refused`, or `device.*`.
 */
export async function writeCard(
  pcd: Pcd,
  picc: Picc,
  content: CardFile,
  signal?: AbortSignal,
): Promise<CardWritten> {
  const wanted = encodeCardFile(content)
  const card: CardSession = { pcd, picc, signal }
  const { maxWrite } = await requireOurKind(card)
  const current = await readBytes(card, 0, NDEF_FILE_BYTES)
  if (current === undefined) throw unsuitable('its file cannot be read without a key')
  if (decodeCardFile(current).kind === 'foreign') throw foreign('it holds something else')
  const writes = planCardWrites(current, wanted, Math.min(maxWrite, MAX_CHUNK_BYTES))
  for (const { offset, bytes } of writes) {
    const { sw } = await updateBinary(card, offset, bytes)
    if (sw !== Sw.ok) throw refusal(`take ${bytes.length} bytes at ${offset}`, sw)
  }
  if (writes.length > 0) await requireWritten(card, wanted)
  return { writes: writes.length, bytes: writes.reduce((sum, { bytes }) => sum + bytes.length, 0) }
}

/** Leaves the NDEF file of an NTAG 424 DNA selected, or says why this card is not for us. */
async function requireOurKind(card: CardSession): Promise<Capabilities> {
  if ((card.picc.sak & ISO_14443_4) === 0) throw foreign('it is a card of another kind')
  if (!(await selectNdefApplication(card))) throw foreign('it is a card of another kind')
  const version = await getVersion(card)
  if (version === undefined || !isNtag424(version)) throw unsuitable('it is no NTAG 424 DNA')
  const capabilities = await readCapabilities(card)
  if (capabilities?.fileId !== FileId.ndef || capabilities.fileBytes < NDEF_FILE_BYTES) {
    throw unsuitable(`its NDEF file is not the factory's ${NDEF_FILE_BYTES} bytes`)
  }
  if (!capabilities.isReadable || !capabilities.isWritable) {
    throw unsuitable('its NDEF file is locked')
  }
  if (!(await selectFile(card, FileId.ndef))) throw unsuitable('its NDEF file is missing')
  return capabilities
}

async function requireWritten(card: CardSession, wanted: Uint8Array): Promise<void> {
  const back = await readBytes(card, 0, wanted.length)
  if (back !== undefined && equalBytes(back, wanted)) return
  throw new PersonhoodError(
    'card.spoiled',
    'the card does not read back as written: write again, and if it stays so take another card',
  )
}

function foreign(why: string): PersonhoodError {
  return new PersonhoodError(
    'card.foreign',
    `this is not one of our cards: ${why}; nothing was written`,
  )
}

function unsuitable(why: string): PersonhoodError {
  return new PersonhoodError(
    'card.unsuitable',
    `this card cannot be used: ${why}; nothing was written`,
  )
}
