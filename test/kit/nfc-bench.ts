import { readCard, writeCard } from '../../hardware/nfc/card.ts'
import { createNtag424, type Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { openPn532, type Pcd, type Picc } from '../../hardware/nfc/pn532.ts'
import { createPn532Simulator, type Pn532Simulator } from '../../hardware/nfc/simulator.ts'
import { type CableFaults, createPortPair, type PortPair } from '../../hardware/sim/port-pair.ts'
import { createVirtualTimers, type VirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import type { CardWritten } from '../../protocol/card/card-writing.ts'
import type { CardFile, CardFileReading } from '../../protocol/card/layout.ts'
import type { CardTools } from '../../protocol/card/personhood-card.ts'
import { aes128, randomBytes } from '../../runtime/crypto.ts'

/** What cards are spoken to with by one who has no keys. */
export const NO_KEYS: CardTools = { aes: aes128, random: randomBytes, keyring: undefined }

/** What a card holds, read without keys. */
export async function readContents(
  pcd: Pcd,
  picc: Picc,
  signal?: AbortSignal,
): Promise<CardFileReading> {
  return (await readCard(pcd, picc, NO_KEYS, signal)).contents
}

/** Writes a file to a card without keys. */
export async function writeFile(
  pcd: Pcd,
  picc: Picc,
  file: CardFile,
  signal?: AbortSignal,
): Promise<CardWritten> {
  return await writeCard(pcd, picc, NO_KEYS, { file }, signal)
}

/** A reader on a bench: both ends of its cable, and time that passes only while something is awaited. */
export type Bench = {
  readonly timers: VirtualTimers
  readonly cable: PortPair
  readonly chip: Pn532Simulator
  open(signal?: AbortSignal): Promise<Pcd>
  /** Lets time pass until the promise settles. */
  pass<T>(promise: Promise<T>): Promise<T>
}

export function createBench(faults: Parameters<typeof createPortPair>[1] = {}): Bench {
  const timers = createVirtualTimers()
  const cable = createPortPair('nfc', faults)
  const chip = createPn532Simulator(cable.device, { timers })
  const pass = <T>(promise: Promise<T>): Promise<T> => passTime(timers, promise)
  return {
    timers,
    cable,
    chip,
    pass,
    open: (signal) =>
      pass(openPn532(cable.host, { timers, ...(signal === undefined ? {} : { signal }) })),
  }
}

/** Lets time pass until the promise settles. */
export async function passTime<T>(timers: VirtualTimers, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const mark = (): void => {
    isSettled = true
  }
  promise.then(mark, mark)
  while (!isSettled) await timers.advance(10)
  return promise
}

/** A bench with an open reader and one card on it, activated. */
export async function createBenchWithCard(
  ndefFile?: Uint8Array,
  faults?: { readonly toDevice?: CableFaults; readonly toHost?: CableFaults },
): Promise<Bench & { readonly pcd: Pcd; readonly card: Ntag424; readonly picc: Picc }> {
  const bench = createBench(faults)
  const card = createNtag424({ uid: CARD_UID, ...(ndefFile === undefined ? {} : { ndefFile }) })
  bench.chip.place(card)
  const pcd = await bench.open()
  const picc = onlyPicc(await bench.pass(pcd.poll()))
  return { ...bench, pcd, card, picc }
}

export const CARD_UID: Uint8Array = Uint8Array.of(0x04, 0xde, 0x5f, 0x1e, 0xac, 0xc0, 0x40)

export function onlyPicc(piccs: readonly Picc[]): Picc {
  const [picc] = piccs
  if (picc === undefined || piccs.length > 1) throw new Error(`${piccs.length} cards in the field`)
  return picc
}
