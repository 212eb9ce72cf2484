import { writeCard } from '../../hardware/nfc/card.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { hasCode } from '../../protocol/errors.ts'
import { cardFileOf } from '../card/card-file.ts'
import { type FieldReading, holds, isWritable, readField, unlessMoved } from '../card/field.ts'
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
  judge: CardJudge,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const field = await readField(pcd, signal)
  if (field.kind !== 'one') return { name: 'card', card: field.kind }
  const { picc } = field
  const hindrance = hindranceOf(field, judge)
  if (hindrance !== undefined) return { name: 'card', card: hindrance }
  const isGood = await unlessMoved(() => isWritable(pcd, picc, signal))
  if (isGood === undefined) return { name: 'card', card: 'none' }
  return isGood ? { name: 'card-usable', uid: picc.uid } : { name: 'card', card: 'not-ours' }
}

/** One look at the reader while only the card of this issue will do. */
export async function lookForSame(
  pcd: Pcd,
  { uid }: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const [picc, second] = await pcd.poll(signal)
  if (picc === undefined) return { name: 'card', card: 'none' }
  if (second !== undefined) return { name: 'card', card: 'several' }
  return equalBytes(picc.uid, uid) ? { name: 'card-here' } : { name: 'card', card: 'another-card' }
}

/** Writes the issue to its card, wherever an earlier write stopped. */
export async function writeIssue(
  pcd: Pcd,
  issue: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const picc = await poll(pcd, issue, signal)
  if (picc === undefined) return { name: 'card-moved' }
  try {
    await writeCard(pcd, picc, cardFileOf(issue), signal)
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
  issue: Issue,
  signal: AbortSignal,
): Promise<EnrolmentEvent> {
  const field = await readField(pcd, signal)
  const isSame = field.kind === 'one' && equalBytes(field.picc.uid, issue.uid)
  const isWritten = isSame && holds(field.contents, cardFileOf(issue))
  return { name: isWritten ? 'card-read-back' : 'card-moved' }
}

function hindranceOf(
  { picc, contents }: Extract<FieldReading, { kind: 'one' }>,
  judge: CardJudge,
): 'in-use' | 'not-ours' | undefined {
  if (judge.isOwed(picc.uid)) return 'in-use'
  if (contents.kind === 'blank') return undefined
  if (contents.kind !== 'personhood') return 'not-ours'
  return judge.isExpired(contents.credential) ? undefined : 'in-use'
}

async function poll(pcd: Pcd, { uid }: Issue, signal: AbortSignal): Promise<Picc | undefined> {
  const [picc, second] = await pcd.poll(signal)
  const isSame = picc !== undefined && second === undefined && equalBytes(picc.uid, uid)
  return isSame ? picc : undefined
}
