import { readCard, writeCard } from '../../../hardware/nfc/card.ts'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import type { Pcd } from '../../../hardware/nfc/pn532.ts'
import { converse, type VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { pause } from '../../../hardware/pause.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import type { CardFile } from '../../../protocol/card/layout.ts'
import type { CardScript } from '../../../protocol/card/ntag424.ts'
import {
  type CardReading,
  type CardTools,
  readPersonhoodCard,
} from '../../../protocol/card/personhood-card.ts'
import { hasCode } from '../../../protocol/errors.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'
import { preparedCard, toolsFor, uidOf } from '../../kit/keyed-cards.ts'
import { brownOutAt, drawOf, liftedAt, swappedAt, tornAt } from '../peripherals/card-faults.ts'
import { NFC, type ReaderHands } from '../peripherals/nfc.ts'
import {
  type Act,
  type DrawBytes,
  type HandFault,
  type Scene,
  type Stage,
  wrong,
} from '../scenario.ts'

type ReaderStage = Stage<Pcd, ReaderHands>

const OURS = uidOf(1)
const written = new Map<CardFile, Uint8Array>()
const R = new Uint8Array(16).fill(9)
const TOOLS = toolsFor('open', OURS)
/** Between two looks for a card. */
const LOOK_MS = 100

const greeting: Scene<Pcd, ReaderHands> = {
  name: 'open and greet',
  needs: [],
  play: async ({ device, signal }) => {
    const firmware = await device.use(async (pcd) => {
      await pcd.poll(signal)
      return pcd.firmware
    }, signal)
    if (!firmware.startsWith('PN532')) throw wrong(`it calls itself ${firmware}`)
  },
}

const tap: Scene<Pcd, ReaderHands> = {
  name: 'tap read, the card proves itself',
  needs: ['hands'],
  play: async (stage) => {
    const card = writtenCard(OURS, PROVISIONAL_FILE, drawOf(stage.random))
    stage.hands().lay(card)
    checkReading(await readUntil(stage, isProven), PROVISIONAL_FILE)
  },
  handFaults: tapFaults,
}

const firstWrite: Scene<Pcd, ReaderHands> = {
  name: 'first write, read back',
  needs: ['hands'],
  play: (stage) =>
    write(stage, preparedCard(OURS, 'open', drawOf(stage.random)), undefined, PROVISIONAL_FILE),
  handFaults: () => writeFaults(undefined, PROVISIONAL_FILE),
}

const upgrade: Scene<Pcd, ReaderHands> = {
  name: 'upgrade, the old or the new credential at any cut',
  needs: ['hands'],
  play: (stage) => {
    const card = writtenCard(OURS, PROVISIONAL_FILE, drawOf(stage.random))
    return write(stage, card, PROVISIONAL_FILE, FINAL_FILE)
  },
  handFaults: () => writeFaults(PROVISIONAL_FILE, FINAL_FILE),
}

const foreignCard: Scene<Pcd, ReaderHands> = {
  name: 'cards of others are refused and stay as they are',
  needs: ['hands'],
  play: async (stage) => {
    const draw = drawOf(stage.random)
    const others = createNtag424({ uid: OURS, ndefFile: TICKET, draw })
    for (const card of [createNtag216(OURS), others]) {
      const before = snapshotOf(card)
      stage.hands().lay(card)
      const { contents } = await readUntil(stage, () => true)
      if (contents.kind !== 'foreign') throw wrong(`a card of others reads as ${contents.kind}`)
      await expectRefusal(stage)
      if (!equalBytes(snapshotOf(card), before)) throw wrong('a card of others was written to')
      stage.hands().lift(card)
    }
  },
}

/** The card reader's scenes. */
export const NFC_ACT: Act<Pcd, ReaderHands> = {
  peripheral: NFC,
  scenes: [greeting, tap, firstWrite, upgrade, foreignCard],
}

/** An NDEF message of one URI, of somebody else. */
const TICKET = Uint8Array.of(0, 9, 0xd1, 1, 5, 0x55, 4, 0x61, 0x2e, 0x62, 0x63)

async function write(
  stage: ReaderStage,
  card: Ntag424,
  before: CardFile | undefined,
  content: CardFile,
): Promise<void> {
  stage.hands().lay(card)
  card.onChange(() => {
    if (before !== undefined) checkWhole(card, [before, content])
  })
  await attempt(stage, async (pcd, picc) => {
    // As a kiosk does: a credential is bound to one card, so it goes to no other.
    if (!equalBytes(picc.uid, OURS)) return undefined
    return await writeCard(pcd, picc, toolsOf(stage), { file: content, r: R }, stage.signal)
  })
  checkReading(await readUntil(stage, isProven), content)
  checkWhole(card, [content])
}

/** One look after another, until a card is read as wanted. */
function readUntil(
  stage: ReaderStage,
  isWanted: (reading: CardReading) => boolean,
): Promise<CardReading> {
  return attempt(stage, async (pcd, picc) => {
    const reading = await readCard(pcd, picc, toolsOf(stage), stage.signal)
    return equalBytes(reading.uid, OURS) && isWanted(reading) ? reading : undefined
  })
}

/** Faults at a tap: at each of its exchanges in turn. */
function tapFaults(): readonly HandFault<ReaderHands>[] {
  const count = countExchanges(() => readPersonhoodCard(TOOLS, OURS), PROVISIONAL_FILE)
  return [liftedAt(count), brownOutAt(count)]
}

/** Faults at a write: at each exchange, and torn at each write, in turn. */
function writeFaults(
  before: CardFile | undefined,
  content: CardFile,
): readonly HandFault<ReaderHands>[] {
  const script = () => writePersonhoodCard(TOOLS, OURS, { file: content, r: R })
  const count = countExchanges(script, before)
  const { writes } = converse(cardOf(before), script())
  return [liftedAt(count), brownOutAt(count), swappedAt(count), tornAt(writes)]
}

type Picc = Awaited<ReturnType<Pcd['poll']>>[number]

/** Acts on the one card in the field, again where it moved or did not do as it should, as a kiosk does. */
async function attempt<T>(
  { device, timers, signal }: ReaderStage,
  act: (pcd: Pcd, picc: Picc) => Promise<T | undefined>,
): Promise<T> {
  for (;;) {
    const done = await device.use(async (pcd) => {
      const [picc, second] = await pcd.poll(signal)
      if (picc === undefined || second !== undefined) return undefined
      try {
        return await act(pcd, picc)
      } catch (error) {
        // The chip's checksum of 8 bits lets one damaged answer in 256 through, and then a card
        // seems to be anything: a kiosk asks it again.
        if (hasCode(error, 'card') || hasCode(error, 'bytes')) return undefined
        throw error
      }
    }, signal)
    if (done !== undefined) return done
    await pause(timers, LOOK_MS, signal)
  }
}

async function expectRefusal(stage: ReaderStage): Promise<void> {
  const refusal = await attempt(stage, async (pcd, picc) => {
    try {
      await writeCard(pcd, picc, toolsOf(stage), { file: PROVISIONAL_FILE, r: R }, stage.signal)
      return 'none'
    } catch (error) {
      if (hasCode(error, 'card.foreign')) return 'foreign'
      throw error
    }
  })
  if (refusal !== 'foreign') throw wrong('a card of others was taken for writing')
}

function isProven({ proof }: CardReading): boolean {
  return proof.kind === 'authenticated'
}

function checkReading({ contents }: CardReading, { credential }: CardFile): void {
  if (contents.kind !== 'personhood' || !equalBytes(contents.credential, credential)) {
    throw wrong(`the card reads as ${contents.kind}, not as written`)
  }
}

/** For one who holds key 2 the card shows one of these credentials, whole. */
function checkWhole(card: Ntag424, files: readonly CardFile[]): void {
  const copy = createNtag424({ uid: OURS })
  copy.restore(card.snapshot())
  const { contents } = converse(copy, readPersonhoodCard(TOOLS, OURS))
  const isOne =
    contents.kind === 'personhood' &&
    files.some(({ credential }) => equalBytes(contents.credential, credential))
  if (!isOne) throw wrong(`the card shows neither credential whole, but is ${contents.kind}`)
}

function cardOf(file: CardFile | undefined): Ntag424 {
  return file === undefined ? preparedCard(OURS) : writtenCard(OURS, file)
}

function countExchanges(script: () => CardScript<unknown>, before: CardFile | undefined): number {
  const card = cardOf(before)
  let count = 0
  const exchange = (command: Uint8Array): Uint8Array | undefined => {
    count += 1
    return card.exchange(command)
  }
  converse({ exchange }, script())
  return count
}

/** What a kiosk speaks to the cards with, its random bytes those of the run. */
function toolsOf({ draw }: ReaderStage): CardTools {
  return { ...TOOLS, random: draw }
}

/** A card of ours that holds this file. */
function writtenCard(uid: Uint8Array, file: CardFile, draw?: DrawBytes): Ntag424 {
  const card = preparedCard(uid, 'open', draw)
  const known = written.get(file)
  if (known !== undefined) {
    card.restore(known)
    return card
  }
  converse(card, writePersonhoodCard(TOOLS, uid, { file, r: R }))
  card.arrive()
  written.set(file, card.snapshot())
  return card
}

function snapshotOf(card: VirtualCard & Partial<Pick<Ntag424, 'snapshot'>>): Uint8Array {
  return card.snapshot?.() ?? card.uid
}
