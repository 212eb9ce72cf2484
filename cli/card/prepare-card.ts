import { runScript } from '../../hardware/nfc/card-runner.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { toHex } from '../../protocol/bytes.ts'
import { type CardStanding, eraseMessage, examineCard } from '../../protocol/card/examination.ts'
import type { CardScript } from '../../protocol/card/ntag424.ts'
import { deriveCardKeys, prepareCard } from '../../protocol/card/preparation.ts'
import type { CardCrypto } from '../../protocol/card/secured.ts'
import type { BatchFile } from './batch-file.ts'
import type { Masters } from './masters-file.ts'

/** What became of a card; `uid` is its own where it told it, else the one that it showed. */
export type CardOutcome =
  | { readonly kind: 'prepared' | 'listed'; readonly uid: string }
  | { readonly kind: 'refused'; readonly uid: string; readonly why: string }

/** What cards are prepared with. */
export type Preparation = {
  readonly masters: Masters
  readonly crypto: CardCrypto
  readonly batch: BatchFile
  /** Puts cards that these masters prepared before into the batch. */
  readonly isAgain: boolean
  readonly signal: AbortSignal
  /** Asks the operator; false leaves the card as it is. */
  confirm(question: string): Promise<boolean>
  /** The card on the reader, activated anew: while somebody thought about an answer it may have gone. */
  lookAgain(): Promise<Picc>
  /** UIDs of cards on which something was begun and not ended. */
  readonly unfinished: Set<string>
  /** UIDs of cards whose message the operator gave up. */
  readonly approved: Set<string>
}

type Blank = CardStanding & { readonly kind: 'factory' | 'begun' }

/**
 * Prepares the card on the reader where it is the factory's or was torn while these masters prepared
 * it. Its key 1 is in the batch before its first key is changed. Rejects with `card.moved` (put it
 * back and repeat) and `device.*`.
 */
export async function prepareOnReader(
  preparation: Preparation,
  pcd: Pcd,
  first: Picc,
): Promise<CardOutcome> {
  const run = <T>(picc: Picc, begin: () => CardScript<T>): Promise<T> =>
    runScript({ pcd, picc, signal: preparation.signal }, begin)
  const examine = async (picc: Picc): Promise<CardStanding> =>
    speaksFrames(picc)
      ? await run(picc, () => examineCard(preparation.crypto, preparation.masters, picc.uid))
      : { kind: 'unsuitable', why: 'it is no NTAG 424 DNA' }

  const standing = await examine(first)
  // Torn away behind its last write, it is whole.
  if (standing.kind === 'prepared' && preparation.unfinished.delete(toHex(standing.uid))) {
    return { kind: 'prepared', uid: toHex(standing.uid) }
  }
  const refusal = refusalOf(preparation, standing)
  if (refusal !== undefined) return refused(standing, first, refusal)
  if (standing.kind === 'prepared') {
    await preparation.batch.add(standing.uid)
    return { kind: 'listed', uid: toHex(standing.uid) }
  }
  const blank = standing as Blank
  const uid = toHex(blank.uid)
  const isErasing = blank.kind === 'factory' && blank.contents !== 'blank'
  let picc = first
  if (isErasing && !preparation.approved.has(uid)) {
    if (!(await preparation.confirm(questionOf(blank)))) {
      return { kind: 'refused', uid, why: 'it is not blank, and is left as it is' }
    }
    picc = await preparation.lookAgain()
    const now = await examine(picc)
    if (now.kind !== 'factory' || toHex(now.uid) !== uid || now.contents !== blank.contents) {
      return refused(now, picc, 'another card lies there than the one that was asked about')
    }
    preparation.approved.add(uid)
  }
  await preparation.batch.add(blank.uid)
  preparation.unfinished.add(uid)
  if (isErasing) await run(picc, eraseMessage)
  const { masters, crypto } = preparation
  const keys = deriveCardKeys(crypto.aes, masters.masters, blank.uid, masters.policy)
  await run(picc, () => prepareCard(crypto, keys, masters.policy))
  const after = await examine(picc)
  if (after.kind !== 'prepared') return { kind: 'refused', uid, why: faultOf(after) }
  preparation.unfinished.delete(uid)
  return { kind: 'prepared', uid }
}

function refusalOf({ batch, isAgain }: Preparation, standing: CardStanding): string | undefined {
  switch (standing.kind) {
    case 'foreign':
    case 'unsuitable':
      return standing.why
    case 'prepared':
      if (batch.has(standing.uid)) {
        return `it is prepared already, and its key is in ${batch.path}: nothing is left to do`
      }
      return isAgain
        ? undefined
        : `it is prepared already, and its key is not in ${batch.path}: --again puts it there and leaves the card as it is`
    case 'factory':
      return standing.contents === 'personhood'
        ? 'it holds a credential, so it is somebody’s card'
        : undefined
    case 'begun':
      return undefined
  }
}

function questionOf({ uid, kind }: Blank): string {
  return `Card ${toHex(uid)} is not blank (keys: ${kind}): it holds a message of somebody else, or a write that was cut short. Preparing it erases that for good.`
}

function faultOf(after: CardStanding): string {
  const why = 'why' in after ? `: ${after.why}` : ''
  return `it took its keys and does not prove them${why}; do not hand it out`
}

function refused(standing: CardStanding, picc: Picc, why: string): CardOutcome {
  return { kind: 'refused', uid: toHex('uid' in standing ? standing.uid : picc.uid), why }
}

function speaksFrames({ sak }: Picc): boolean {
  return (sak & ISO_14443_4) !== 0
}

const ISO_14443_4 = 0x20
