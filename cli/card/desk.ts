import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as passTime } from 'node:timers/promises'
import {
  createNtag424,
  type Ntag424,
  restoreNtag424,
} from '../../hardware/nfc/ntag424-simulator.ts'
import { openPn532, type Pcd, type Picc } from '../../hardware/nfc/pn532.ts'
import { createPn532Simulator } from '../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import type { Io } from '../io.ts'
import { deviceOpener } from '../stations/device-opener.ts'

/** A reader, and whoever lays cards on it: a person, who is told to, or a simulated hand. */
export type CardDesk = {
  readonly pcd: Pcd
  /** The next card is due; false where a simulated hand has no more. */
  layNext(): boolean
  /** The card is due again that moved away. */
  putBack(): void
  /** The card is done with. */
  lift(): void
}

/** What the command asks of the machine; a test gives its own. */
export type CardMachine = {
  /** Opens `simulator`, `simulator:FILE` or a serial port; `blanks` more virtual cards are made at need. */
  open(reader: string, io: Io, blanks: number): Promise<CardDesk>
  /** Lets so many milliseconds pass; rejects where the signal ends it. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  /** Looks at the reader before it is said that nobody came; two minutes at a real one. */
  readonly maxPolls: number
}

const SIMULATOR = 'simulator'
const PN532_BAUD = 115_200
/** NXP's manufacturer code, the first byte of an NTAG's UID (ISO/IEC 7816-6). */
const NXP = 0x04

/** Between two looks whether a card has come or gone. */
const POLL_PAUSE_MS = 200

/** This machine. */
export const thisCardMachine: CardMachine = {
  async open(reader, io, blanks) {
    if (reader === SIMULATOR) {
      return await openSimulatedDesk(Array.from({ length: blanks }, blankCard), io.signal)
    }
    if (reader.startsWith(`${SIMULATOR}:`)) {
      const path = resolve(io.cwd, reader.slice(SIMULATOR.length + 1))
      return await openSimulatedDesk([keptCard(path, blanks > 0)], io.signal)
    }
    const open = deviceOpener({
      name: 'card reader',
      config: { kind: 'serial', path: reader },
      baud: PN532_BAUD,
      simulated: undefined,
      greet: (port, signal) => openPn532(port, { signal }),
    })
    const pcd = await open(io.signal)
    return { pcd, layNext: () => true, putBack: () => undefined, lift: () => undefined }
  },
  pause: (ms, signal) => passTime(ms, undefined, { signal }),
  maxPolls: 600,
}

/** A virtual reader on whom these cards are laid one after the other. */
export async function openSimulatedDesk(
  cards: readonly VirtualCard[],
  signal: AbortSignal,
): Promise<CardDesk> {
  const cable = createPortPair(SIMULATOR)
  const field = createPn532Simulator(cable.device)
  const waiting = [...cards]
  let laid: VirtualCard | undefined
  const lift = (): void => {
    if (laid !== undefined) field.remove(laid)
  }
  const place = (card: VirtualCard | undefined): boolean => {
    lift()
    laid = card
    if (card !== undefined) field.place(card)
    return card !== undefined
  }
  return {
    pcd: await openPn532(cable.host, { signal }),
    layNext: () => place(waiting.shift()),
    putBack: () => void place(laid),
    lift,
  }
}

/** The one card on the reader; tells who waits what is wrong. Rejects with `card.none` after two minutes. */
export async function awaitCard(desk: CardDesk, machine: CardMachine, io: Io): Promise<Picc> {
  let hasSaid = false
  for (let poll = 0; poll < machine.maxPolls; poll++) {
    const [picc, second] = await desk.pcd.poll(io.signal)
    if (picc !== undefined && second === undefined) return picc
    if (second !== undefined && !hasSaid) io.stderr('One card please: there are two or more.\n')
    hasSaid ||= second !== undefined
    await machine.pause(POLL_PAUSE_MS, io.signal)
  }
  throw new PersonhoodError('card.none', 'nobody put a card on the reader for two minutes')
}

/** Resolves once no card is on the reader; rejects with `card.none` after two minutes. */
export async function awaitNoCard(desk: CardDesk, machine: CardMachine, io: Io): Promise<void> {
  desk.lift()
  for (let poll = 0; poll < machine.maxPolls; poll++) {
    if ((await desk.pcd.poll(io.signal)).length === 0) return
    await machine.pause(POLL_PAUSE_MS, io.signal)
  }
  throw new PersonhoodError('card.none', 'nobody took the card away for two minutes')
}

function blankCard(): Ntag424 {
  return createNtag424({ uid: Uint8Array.of(NXP, ...randomBytes(6)) })
}

/** A virtual card that outlives the process; each change is in its file before the next command. */
function keptCard(path: string, mayMake: boolean): Ntag424 {
  if (!mayMake && !existsSync(path)) {
    throw new PersonhoodError('file.missing', `${path}: there is no such virtual card`)
  }
  const card = existsSync(path) ? restoreNtag424(new Uint8Array(readFileSync(path))) : blankCard()
  const save = (): void => {
    writeFileSync(`${path}.unfinished`, card.snapshot(), { mode: 0o600 })
    renameSync(`${path}.unfinished`, path)
  }
  card.onChange(save)
  save()
  return card
}
