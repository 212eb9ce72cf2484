import { createPn532Simulator, type Pn532Simulator } from '../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../hardware/orb/simulator.ts'
import type { BytePort } from '../../hardware/port.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import type { CardKeyring } from '../../protocol/card/keyring.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { CardBox } from './card-box.ts'
import { demoKeyring } from './demo-cards.ts'
import type { Resident } from './residents.ts'

/** One place in the room: a kiosk's camera and reader, and who and what is there. */
export type Place = {
  readonly name: string
  readonly standing: Resident | undefined
  /** Cards on the reader. */
  readonly cards: readonly VirtualCard[]
  stand(resident: Resident | undefined): void
  lay(card: VirtualCard): void
  lift(card: VirtualCard): void
  /** Keys of the room's cards. */
  readonly cardKeyring: CardKeyring
  /** A fresh cable to the camera head. */
  openOrb(): BytePort
  /** A fresh cable to the card reader. */
  openReader(): BytePort
}

/** The room around the simulated kiosks. */
export type Room = {
  readonly places: readonly Place[]
  readonly residents: readonly Resident[]
  readonly box: CardBox
  place(name: string): Place
  resident(id: string): Resident
  /** Calls back after each change; returns the function that stops it. */
  onChange(listener: () => void): () => void
}

/** How many times faster than a real head's the frames of the simulated ones go out. */
export type Pace = { readonly speed: number }

/** What a page can show and the pipeline follow: a look of five seconds takes two. */
export const PAGE_PACE: Pace = { speed: 2.5 }

/** As fast as the pipeline takes the frames: nobody looks on. */
export const FULL_PACE: Pace = { speed: Number.POSITIVE_INFINITY }

/** A room with a place for each kiosk name. */
export function createRoom(
  names: readonly string[],
  residents: readonly Resident[],
  box: CardBox,
  pace: Pace,
): Room {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const places = names.map((name, i) => createPlace(name, i, pace, changed))
  return {
    places,
    residents,
    box,
    place: (name) => places.find((place) => place.name === name) ?? unknown('kiosk', name),
    resident: (id) => residents.find((resident) => resident.id === id) ?? unknown('resident', id),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function createPlace(name: string, seed: number, pace: Pace, changed: () => void): Place {
  let standing: Resident | undefined
  let source: ReturnType<Resident['eyes']> | undefined
  const visits = new Map<string, number>()
  const cards = new Set<VirtualCard>()
  let reader: Pn532Simulator | undefined
  return {
    name,
    cardKeyring: demoKeyring(),
    get standing() {
      return standing
    },
    get cards() {
      return [...cards]
    },
    stand(resident) {
      if (resident === standing) return
      standing = resident
      source = undefined
      if (resident !== undefined) {
        const visit = visits.get(resident.id) ?? 0
        visits.set(resident.id, visit + 1)
        // Another kiosk's visit is another day: its light and pose differ.
        source = resident.eyes(visit * VISITS_APART + seed)
      }
      changed()
    },
    lay(card) {
      cards.add(card)
      reader?.place(card)
      changed()
    },
    lift(card) {
      cards.delete(card)
      reader?.remove(card)
      changed()
    },
    openOrb() {
      const { host, device } = createPortPair(`${name} orb`)
      startOrbSimulator(device, {
        source: (request) => source?.(request),
        key: simulatedHeadKey(seed),
        serial: `SIM-ORB-${seed + 1}`,
        ...pace,
      })
      return host
    },
    openReader() {
      const { host, device } = createPortPair(`${name} reader`)
      reader = createPn532Simulator(device)
      for (const card of cards) reader.place(card)
      return host
    },
  }
}

const VISITS_APART = 100

function unknown(kind: string, name: string): never {
  throw new PersonhoodError('call.room', `there is no ${kind} "${name}" in this room`)
}
