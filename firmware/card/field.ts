import { isCardWritable, readCard } from '../../hardware/nfc/card.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import type { CardFile, CardFileReading } from '../../protocol/card/layout.ts'
import type { CardReading } from '../../protocol/card/personhood-card.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { KioskCards } from './kiosk-cards.ts'

/** One card on the reader, and what it holds and proves. */
export type CardInField = CardReading & { readonly kind: 'one'; readonly picc: Picc }

/** What lies on the reader: nothing, one card with its content, or more than one. */
export type FieldReading = { readonly kind: 'none' } | { readonly kind: 'several' } | CardInField

/** Polls once and reads the one card there; a card that moves meanwhile counts as none. */
export async function readField(
  pcd: Pcd,
  cards: KioskCards,
  signal: AbortSignal,
): Promise<FieldReading> {
  const [picc, second] = await pcd.poll(signal)
  if (picc === undefined) return { kind: 'none' }
  if (second !== undefined) return { kind: 'several' }
  const reading = await unlessMoved(() => readCard(pcd, picc, cards.toolsFor(picc.uid), signal))
  if (reading === undefined) return { kind: 'none' }
  if (reading.isUnproven) cards.distrust(picc.uid)
  return { kind: 'one', picc, ...reading }
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
 * True where the card can take our files by the keys that we have. Asked before a credential is
 * bound to its UID: afterwards no other card would do.
 */
export async function isWritable(
  pcd: Pcd,
  { picc, uid }: CardInField,
  cards: KioskCards,
  signal: AbortSignal,
): Promise<boolean> {
  return await isCardWritable(pcd, picc, cards.toolsFor(picc.uid), uid, signal)
}

/** True where the card holds exactly this file, ticket included. */
export function holds(contents: CardFileReading, { credential, ticket }: CardFile): boolean {
  if (contents.kind !== 'personhood' || !equalBytes(contents.credential, credential)) return false
  if (ticket === undefined || contents.ticket === undefined) return ticket === contents.ticket
  return (
    ticket.deadline === contents.ticket.deadline &&
    equalBytes(ticket.number, contents.ticket.number)
  )
}
