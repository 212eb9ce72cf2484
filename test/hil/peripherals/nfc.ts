import { openPn532, type Pcd } from '../../../hardware/nfc/pn532.ts'
import { createPn532Simulator, type Pn532Simulator } from '../../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import type { Emulated, Peripheral, World } from '../scenario.ts'

/** What hands do at a card reader. */
export type ReaderHands = {
  lay(card: VirtualCard): void
  lift(card: VirtualCard): void
  /** What lies there. */
  readonly lying: readonly VirtualCard[]
  /** Lets the reader's power fail at its next command. */
  brownOut(): void
  /** Calls back when a card is laid down. */
  onLay(listener: (card: VirtualCard) => void): void
  /** Calls back before each exchange of a card, counted from 1. */
  onExchange(listener: (count: number) => void): void
  /** Calls back when a card falls silent in the middle of an exchange. */
  onSilence(listener: (card: VirtualCard) => void): void
}

/** The PN532 at 115200 baud, 8N1. */
export const NFC: Peripheral<Pcd, ReaderHands> = {
  role: 'nfc',
  name: 'card reader',
  baud: 115_200,
  unit: 'byte',
  greet: (port, timers, signal) => openPn532(port, { timers, signal }),
  probe: (pcd, signal) => pcd.poll(signal),
  emulate: emulateReader,
}

function emulateReader({ timers }: World): Emulated<ReaderHands> {
  const lying = new Map<VirtualCard, VirtualCard>()
  let chip: Pn532Simulator | undefined
  let exchanges = 0
  let hear: (count: number) => void = () => {}
  let hearLaid: (card: VirtualCard) => void = () => {}
  let hearSilence: (card: VirtualCard) => void = () => {}
  const inField = (card: VirtualCard): VirtualCard => ({
    get uid() {
      return card.uid
    },
    atqa: card.atqa,
    sak: card.sak,
    ats: card.ats,
    get isAway() {
      return card.isAway
    },
    arrive: () => card.arrive(),
    reset: () => card.reset(),
    exchange: (command) => {
      exchanges += 1
      hear(exchanges)
      // Whoever heard may have taken it away.
      const answer = lying.has(card) ? card.exchange(command) : undefined
      if (answer === undefined) hearSilence(card)
      return answer
    },
  })
  return {
    power: (port) => {
      const made = createPn532Simulator(port, { timers })
      chip = made
      for (const card of lying.values()) made.place(card)
      port.onClose(() => {
        made.close()
        for (const card of lying.values()) card.reset()
      })
    },
    hands: {
      lay: (card) => {
        const seen = inField(card)
        lying.set(card, seen)
        hearLaid(card)
        chip?.place(seen)
      },
      lift: (card) => {
        const seen = lying.get(card)
        lying.delete(card)
        if (seen !== undefined) chip?.remove(seen)
      },
      get lying() {
        return [...lying.keys()]
      },
      brownOut: () => chip?.inject('brown-out'),
      onLay: (listener) => {
        hearLaid = listener
      },
      onSilence: (listener) => {
        hearSilence = listener
      },
      onExchange: (listener) => {
        hear = listener
      },
    },
  }
}
