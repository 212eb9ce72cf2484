import { type CardContents, readCard } from '../../hardware/nfc/card.ts'
import {
  getVersion,
  isNtag424,
  readCapabilities,
  selectNdefApplication,
} from '../../hardware/nfc/ntag424.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { type CardFile, NDEF_FILE_BYTES } from '../../protocol/card/layout.ts'
import { hasCode } from '../../protocol/errors.ts'

/** What lies on the reader: nothing, one card with its content, or more than one. */
export type FieldReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'several' }
  | { readonly kind: 'one'; readonly picc: Picc; readonly contents: CardContents }

/** Polls once and reads the one card there; a card that moves meanwhile counts as none. */
export async function readField(pcd: Pcd, signal: AbortSignal): Promise<FieldReading> {
  const [picc, second] = await pcd.poll(signal)
  if (picc === undefined) return { kind: 'none' }
  if (second !== undefined) return { kind: 'several' }
  const contents = await unlessMoved(() => readCard(pcd, picc, signal))
  return contents === undefined ? { kind: 'none' } : { kind: 'one', picc, contents }
}

/** The result, or `undefined` where the card moved or did not do as it should: putting it back is the cure. */
export async function unlessMoved<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (hasCode(error, 'card') || hasCode(error, 'bytes')) return undefined
    throw error
  }
}

/**
 * True where the card can take our file. Asked before a credential is bound to its UID: afterwards
 * no other card would do.
 */
export async function isWritable(pcd: Pcd, picc: Picc, signal: AbortSignal): Promise<boolean> {
  const card = { pcd, picc, signal }
  if (!(await selectNdefApplication(card))) return false
  const version = await getVersion(card)
  if (version === undefined || !isNtag424(version)) return false
  const capabilities = await readCapabilities(card)
  return (
    capabilities?.isReadable === true &&
    capabilities.isWritable &&
    capabilities.fileBytes >= NDEF_FILE_BYTES
  )
}

/** True where the card holds exactly this file, ticket included. */
export function holds(contents: CardContents, { credential, ticket }: CardFile): boolean {
  if (contents.kind !== 'personhood' || !equalBytes(contents.credential, credential)) return false
  if (ticket === undefined || contents.ticket === undefined) return ticket === contents.ticket
  return (
    ticket.deadline === contents.ticket.deadline &&
    equalBytes(ticket.number, contents.ticket.number)
  )
}
