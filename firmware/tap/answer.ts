import { writeCard } from '../../hardware/nfc/card.ts'
import type { Pcd } from '../../hardware/nfc/pn532.ts'
import { toHex } from '../../protocol/bytes.ts'
import type { CardFileReading, Ticket } from '../../protocol/card/layout.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { FinalRow } from '../../protocol/messages/final.ts'
import type { CardProof, Verification } from '../../protocol/verify.ts'
import { cardContentOf, cardFileOf, secondLookOf } from '../card/card-file.ts'
import {
  type CardInField,
  type FieldReading,
  holds,
  readField,
  unlessMoved,
} from '../card/field.ts'
import type { KioskCards } from '../card/kiosk-cards.ts'
import type { Issue } from '../enrolment/states.ts'
import type { TapScreen } from '../kiosk-state.ts'
import { type CardOnReader, isSuccessor, read, type Upgrades } from './upgrade.ts'

/** What a tap is answered with. */
export type TapParts = {
  readonly cards: KioskCards
  readonly verify: (credential: Uint8Array, proof: CardProof) => Verification
  readonly upgrades: Upgrades
  /** What is known of a provisional credential, within a deadline that a holder does not notice. */
  readonly findFinal: (id: Uint8Array, signal: AbortSignal) => Promise<FinalRow | undefined>
  /** The own search's word on one of our credentials: it needs a second look, and nobody decided yet. */
  readonly isSecondLook: (id: Uint8Array) => boolean
  readonly unfinishedFor: (uid: Uint8Array) => Issue | undefined
  readonly finish: (record: string) => Promise<void>
  readonly nowMs: () => number
  /** The disk took no note of a write to a card: the card is left as it is, the tap goes on. */
  readonly onStoreFault: (error: unknown) => void
}

/** The answer to two cards at once. */
export function severalAnswer(milliseconds: number): TapScreen {
  return answer('one-card-please', 'several-cards', milliseconds)
}

/** Reads of one tap before it is *again*: a card that is still coming down reads badly at first. */
const READS = 3

/**
 * Answers the one card on the reader. What the kiosk owes the card is written before the answer is
 * shown: to a holder "go" means lift the card, and a card lifted in a write is a torn one. The
 * verdict itself never waits for it, and `milliseconds` counts to the verdict.
 */
export async function answerTap(
  pcd: Pcd,
  parts: TapParts,
  startedMs: number,
  signal: AbortSignal,
): Promise<TapScreen> {
  const since = (): number => Math.round(10 * (parts.nowMs() - startedMs)) / 10
  const field = await readSteadily(pcd, parts, signal)
  if (field.kind === 'several') return severalAnswer(since())
  if (field.kind === 'none') return answer('again', 'unreadable', since())
  const { picc, uid, proof } = field
  const card = { pcd, picc, uid, tools: parts.cards.toolsFor(picc.uid) }
  const tap: Tap = { card, proof, parts, signal }
  const contents = await finishOwed(tap, field)
  if (contents.kind === 'torn') return answer('again', 'unreadable', since())
  if (contents.kind === 'foreign') return answer('stop', 'foreign-card', since())
  if (contents.kind === 'blank') return answer('stop', 'blank-card', since())
  const verdict = parts.verify(contents.credential, proof)
  const screen = screenOf(verdict, since())
  if (verdict.stage !== 'provisional') return screen
  return await answerProvisional(tap, contents, screen)
}

type Tap = {
  readonly card: CardOnReader
  readonly proof: CardProof
  readonly parts: TapParts
  readonly signal: AbortSignal
}
type Personhood = { readonly credential: Uint8Array; readonly ticket: Ticket | undefined }

async function answerProvisional(
  { card, proof, parts, signal }: Tap,
  { credential, ticket }: Personhood,
  screen: TapScreen,
): Promise<TapScreen> {
  const provisionalId = read(credential)?.id ?? new Uint8Array(8)
  const row = await parts.findFinal(provisionalId, signal)
  const final = row?.credential ?? parts.upgrades.find(card.uid)?.final
  const after = final && isSuccessor(final, credential) ? parts.verify(final, proof) : undefined
  if (final !== undefined && after?.outcome === 'go') {
    const upgrade = { provisionalId, final }
    const outcome = await unlessStore(() => parts.upgrades.write(card, upgrade, signal), parts)
    // Not written: the card moved. Put back, it is finished.
    if (outcome === 'moved') return answer('again', 'unreadable', screen.milliseconds)
    if (outcome !== 'written') return screen
    return { ...screenOf(after, screen.milliseconds), upgraded: true }
  }
  const isPending =
    row?.state === 'second-look' || (row === undefined && parts.isSecondLook(provisionalId))
  if (!isPending || ticket === undefined) return screen
  return { ...screen, secondLook: secondLookOf(ticket.number, row?.deadline ?? ticket.deadline) }
}

async function readSteadily(
  pcd: Pcd,
  { cards }: TapParts,
  signal: AbortSignal,
): Promise<FieldReading> {
  let field = await readField(pcd, cards, signal)
  for (let reads = 1; reads < READS; reads++) {
    const isClear =
      field.kind === 'several' || (field.kind === 'one' && field.contents.kind !== 'torn')
    if (isClear) break
    field = await readField(pcd, cards, signal)
  }
  return field
}

/** Finishes a write that a power cut or a lifted card stopped, on this card and no other. */
async function finishOwed(tap: Tap, field: CardInField): Promise<CardFileReading> {
  const { card, parts, signal } = tap
  const { contents, isUnfinished } = field
  if (contents.kind === 'foreign') return contents
  const issue = parts.unfinishedFor(card.uid)
  if (issue !== undefined) {
    const file = cardFileOf(issue)
    const { pcd, picc, tools } = card
    const write = () => writeCard(pcd, picc, tools, cardContentOf(issue), signal)
    if (!holds(contents, file) && (await unlessMoved(write)) === undefined) return { kind: 'torn' }
    await unlessStore(() => parts.finish(toHex(issue.draft.record)), parts)
    return { kind: 'personhood', credential: file.credential, ticket: file.ticket, uri: undefined }
  }
  const upgrade = parts.upgrades.find(card.uid)
  const isBegun =
    upgrade !== undefined &&
    (contents.kind === 'torn' || holds(contents, { credential: upgrade.final }))
  if (!isBegun) return isUnfinished ? await finishAnothers(tap, contents) : contents
  const write = () => parts.upgrades.write(card, upgrade, signal)
  if ((await unlessStore(write, parts)) !== 'written') return contents
  return { kind: 'personhood', credential: upgrade.final, ticket: undefined, uri: undefined }
}

/** A write that another kiosk began: the card itself says what to finish. What it says stands either way. */
async function finishAnothers(
  { card, signal }: Tap,
  contents: CardFileReading,
): Promise<CardFileReading> {
  if (contents.kind !== 'personhood') return contents
  const { pcd, picc, tools } = card
  const { uri, credential, ticket } = contents
  await unlessMoved(() =>
    writeCard(pcd, picc, tools, { file: { uri, credential, ticket } }, signal),
  )
  return contents
}

/** Taps never stop for a disk. */
async function unlessStore<T>(act: () => Promise<T>, { onStoreFault }: TapParts) {
  try {
    return await act()
  } catch (error) {
    if (!hasCode(error, 'store')) throw error
    onStoreFault(error)
    return undefined
  }
}

function screenOf(verdict: Verification, milliseconds: number): TapScreen {
  const { outcome, reason, proof, assurance, staleness } = verdict
  return {
    name: 'tap',
    outcome,
    reason,
    proof,
    assurance,
    staleness,
    milliseconds,
    upgraded: false,
  }
}

function answer(
  outcome: TapScreen['outcome'],
  reason: TapScreen['reason'],
  milliseconds: number,
): TapScreen {
  const nothing = { assurance: 0, staleness: 'unknown' as const, upgraded: false }
  return { name: 'tap', outcome, reason, milliseconds, ...nothing }
}
