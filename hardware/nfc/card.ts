import {
  type CardContent,
  type CardWritten,
  canWrite,
  foreign,
  writePersonhoodCard,
} from '../../protocol/card/card-writing.ts'
import { encodeCardFile } from '../../protocol/card/layout.ts'
import {
  type CardReading,
  type CardTools,
  readPersonhoodCard,
} from '../../protocol/card/personhood-card.ts'
import { type CardSession, runScript } from './card-runner.ts'
import type { Pcd, Picc } from './pn532.ts'

const ISO_14443_4 = 0x20

/**
 * Reads a card, and has it prove that it is ours where the keyring can tell. Rejects with
 * `card.moved` when it leaves, `device.*` when the reader fails; what the card is, ours or not, is a
 * result.
 */
export async function readCard(
  pcd: Pcd,
  picc: Picc,
  tools: CardTools,
  signal?: AbortSignal,
): Promise<CardReading> {
  if ((picc.sak & ISO_14443_4) === 0) {
    return {
      uid: picc.uid,
      contents: { kind: 'foreign' },
      proof: { kind: 'none' },
      isUnfinished: false,
      isUnproven: false,
    }
  }
  return await runScript(sessionOf(pcd, picc, signal), () => readPersonhoodCard(tools, picc.uid))
}

/**
 * Writes our files to a card that is blank or ours, and reads them back (`writePersonhoodCard`).
 * Rejects with `card.moved` (put it back and repeat), the codes named there, or `device.*`.
 */
export async function writeCard(
  pcd: Pcd,
  picc: Picc,
  tools: CardTools,
  content: CardContent,
  signal?: AbortSignal,
): Promise<CardWritten> {
  encodeCardFile(content.file)
  if ((picc.sak & ISO_14443_4) === 0) throw foreign('it is a card of another kind')
  return await runScript(sessionOf(pcd, picc, signal), () =>
    writePersonhoodCard(tools, picc.uid, content),
  )
}

/** True where the card can take our files; `uid` is its own, as `readCard` gave it. */
export async function isCardWritable(
  pcd: Pcd,
  picc: Picc,
  tools: CardTools,
  uid: Uint8Array,
  signal?: AbortSignal,
): Promise<boolean> {
  return await runScript(sessionOf(pcd, picc, signal), () => canWrite(tools, uid))
}

function sessionOf(pcd: Pcd, picc: Picc, signal: AbortSignal | undefined): CardSession {
  return { pcd, picc, signal }
}
