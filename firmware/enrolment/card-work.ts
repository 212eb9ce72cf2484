import { readCard, writeCard } from '../../hardware/nfc/card.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { hasCode } from '../../protocol/errors.ts'
import { cardContentOf, cardFileOf } from '../card/card-file.ts'
import { type CardInField, holds, isWritable, readField, unlessMoved } from '../card/field.ts'
import type { KioskCards } from '../card/kiosk-cards.ts'
import type { EnrolmentEvent, Issue } from './states.ts'

/** Says whether a card with content may be used for a new enrolment. */
export type CardJudge = {
  /** True for our own credential past its expiry, its signature verified. */
  readonly isExpired: (credential: Uint8Array) => boolean
  /** True where an enrolment of this kiosk still owes this card its credential. */
  readonly isOwed: (uid: Uint8Array) => boolean
}

/** One look at the reader while any usable card will do: blank, or ours and expired. */
export async function lookForUsable(
  pcd: Pcd,
  cards: KioskCards,
  judge: CardJudge,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const field = await readField(pcd, cards, signal)
  if (field.kind !== 'one') return { name: 'card', card: field.kind }
  const hindrance = hindranceOf(field, judge)
  if (hindrance !== undefined) return { name: 'card', card: hindrance }
  const isGood = await unlessMoved(() => isWritable(pcd, field, cards, signal))
  if (isGood === undefined) return { name: 'card', card: 'none' }
  return isGood ? { name: 'card-usable', uid: field.uid } : { name: 'card', card: 'not-ours' }
}

/** One look at the reader while only the card of this issue will do. */
export async function lookForSame(
  pcd: Pcd,
  cards: KioskCards,
  issue: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const [picc, second] = await pcd.poll(signal)
  if (picc === undefined) return { name: 'card', card: 'none' }
  if (second !== undefined) return { name: 'card', card: 'several' }
  if (equalBytes(picc.uid, issue.uid)) return { name: 'card-here' }
  const uid = await unlessMoved(() => uidOf(pcd, cards, picc, signal))
  if (uid === undefined) return { name: 'card', card: 'none' }
  return equalBytes(uid, issue.uid) ? { name: 'card-here' } : { name: 'card', card: 'another-card' }
}

/** Writes the issue to its card, wherever an earlier write stopped. */
export async function writeIssue(
  pcd: Pcd,
  cards: KioskCards,
  issue: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  try {
    const [picc, second] = await pcd.poll(signal)
    if (picc === undefined || second !== undefined) return { name: 'card-moved' }
    if (!equalBytes(await uidOf(pcd, cards, picc, signal), issue.uid)) return { name: 'card-moved' }
    await writeCard(pcd, picc, cards.toolsFor(picc.uid), cardContentOf(issue), signal)
    return { name: 'card-written' }
  } catch (error) {
    // `moved` and `spoiled` are cured by writing again; what else the card says, the next look tells.
    if (hasCode(error, 'card') || hasCode(error, 'bytes')) return { name: 'card-moved' }
    throw error
  }
}

/** Reads the card back as any tap would. */
export async function readBack(
  pcd: Pcd,
  cards: KioskCards,
  issue: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const field = await readField(pcd, cards, signal)
  const isSame = field.kind === 'one' && equalBytes(field.uid, issue.uid)
  const isWritten = isSame && holds(field.contents, cardFileOf(issue))
  return { name: isWritten ? 'card-read-back' : 'card-moved' }
}

function hindranceOf(
  { uid, contents }: CardInField,
  judge: CardJudge,
): 'in-use' | 'not-ours' | undefined {
  if (judge.isOwed(uid)) return 'in-use'
  if (contents.kind === 'blank') return undefined
  if (contents.kind !== 'personhood') return 'not-ours'
  return judge.isExpired(contents.credential) ? undefined : 'in-use'
}

/** The card's own UID: a random identity says nothing, so such a card is read. */
async function uidOf(
  pcd: Pcd,
  cards: KioskCards,
  picc: Picc,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (picc.uid.length === OWN_UID_BYTES) return picc.uid
  return (await readCard(pcd, picc, cards.toolsFor(picc.uid), signal)).uid
}

/** ISO/IEC 14443-3: a random identity has 4 bytes. */
const OWN_UID_BYTES = 7
