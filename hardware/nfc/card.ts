import { equalBytes } from '../../protocol/bytes.ts'
import {
  type CardContent,
  type CardWritten,
  canWrite,
  foreign,
  writePersonhoodCard,
} from '../../protocol/card/card-writing.ts'
import { readEllipticCard } from '../../protocol/card/elliptic-card.ts'
import { encodeCardFile } from '../../protocol/card/layout.ts'
import {
  type CardReading,
  type CardTools,
  readPersonhoodCard,
} from '../../protocol/card/personhood-card.ts'
import { type CardSession, runScript } from './card-runner.ts'
import { readNtag216 } from './ntag216.ts'
import type { Pcd, Picc } from './pn532.ts'

const ISO_14443_4 = 0x20
/** Answer to select of an NTAG 424 DNA (data sheet NT4H2421Gx §9.4). */
const NTAG_424_ATS = Uint8Array.of(0x06, 0x77, 0x77, 0x71, 0x02, 0x80)
/** SEL_RES of a Type 2 Tag such as NTAG216 (NXP AN10833). */
const TYPE_TWO = 0x00

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
  if ((picc.sak & ISO_14443_4) === 0) return await readPlainCarrier(pcd, picc, signal)
  const { random, verify } = tools
  const isOther = !equalBytes(picc.ats, NTAG_424_ATS)
  const begin =
    isOther && verify !== undefined
      ? () => readEllipticCard({ random, verify }, picc.uid)
      : () => readPersonhoodCard(tools, picc.uid)
  return await runScript(sessionOf(pcd, picc, signal), begin)
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

/** A carrier that is not ours already is not ours to use: our cards prove themselves. */
async function readPlainCarrier(
  pcd: Pcd,
  picc: Picc,
  signal: AbortSignal | undefined,
): Promise<CardReading> {
  // Others with such a SEL_RES answer nothing to a read, and would look like a card that moved.
  const isTypeTwo = picc.sak === TYPE_TWO
  const contents = isTypeTwo && (await readNtag216({ pcd, picc, ...(signal && { signal }) }))
  const isOurs = contents && (contents.kind === 'personhood' || contents.kind === 'torn')
  return {
    uid: picc.uid,
    contents: isOurs ? contents : { kind: 'foreign' },
    proof: { kind: 'none' },
    isUnfinished: false,
    isUnproven: false,
  }
}

function sessionOf(pcd: Pcd, picc: Picc, signal: AbortSignal | undefined): CardSession {
  return { pcd, picc, signal }
}
