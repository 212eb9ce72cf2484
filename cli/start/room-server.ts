import { PersonhoodError } from '../../protocol/errors.ts'
import type { BoxedCard } from '../room/card-box.ts'
import { obey } from '../room/obey.ts'
import type { Room } from '../room/room.ts'
import type { RunningKiosk, RunningWorld } from '../world/running-world.ts'
import { advanceGuide, type GuideProgress, guideOf, startGuide } from './guide.ts'
import type { RoomCard, RoomCommand, RoomKiosk, RoomResident, RoomState } from './room-state.ts'

/** The simulated room as the overview page sees and moves it. */
export type RoomServer = {
  readonly state: RoomState
  onState(listener: () => void): () => void
  /** Throws `call.room` with a sentence where the command does not fit. */
  command(command: RoomCommand): void
  close(): void
}

/** Follows a room and the stations around it; the tour is about the first resident without a card. */
export function serveRoom(room: Room, world: RunningWorld): RoomServer {
  const listeners = new Set<() => void>()
  let progress = startGuide(withoutGuide())
  let state = snapshot()

  function withoutGuide(): Omit<RoomState, 'guide'> {
    return {
      kiosks: world.kiosks.map((kiosk) => kioskOf(kiosk, world, room)),
      residents: room.residents.map(({ id, name }) => residentOf(id, name, room)),
    }
  }

  function snapshot(): RoomState {
    const bare = withoutGuide()
    const screenOf = (name: string) =>
      world.kiosks.find((kiosk) => kiosk.name === name)?.kiosk.state.screen
    const steps: GuideProgress = progress ?? { resident: '', first: '', second: '', done: [] }
    return { ...bare, guide: guideOf(steps, bare, screenOf) }
  }

  function changed(): void {
    state = snapshot()
    for (const listener of listeners) listener()
  }

  function advance({ name, district, kiosk }: RunningKiosk): void {
    if (progress === undefined) return
    const { openCases } = world.gatewayOf(district).gateway.state.counts
    progress = advanceGuide(progress, withoutGuide(), name, kiosk.state, openCases)
    changed()
  }

  const stops = [
    room.onChange(changed),
    ...world.kiosks.map((running) => running.kiosk.onState(() => advance(running))),
    ...world.gateways.map(({ gateway, district }) =>
      gateway.onState(() => {
        for (const running of world.kiosks) if (running.district === district) advance(running)
      }),
    ),
  ]
  return {
    get state() {
      return state
    },
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    command(command) {
      // The page offers a card for an empty reader alone: a second press came before it knew.
      if (command.name === 'place' && room.place(command.kiosk).cards.length > 0) return
      if (command.name !== 'cut' && command.name !== 'mend') return obey(command, room)
      const { cable } = findKiosk(world, command.kiosk)
      if (command.name === 'cut') cable.cut()
      else cable.mend()
      changed()
    },
    close() {
      for (const stop of stops) stop()
    },
  }
}

function findKiosk(world: RunningWorld, name: string): RunningKiosk {
  const found = world.kiosks.find((kiosk) => kiosk.name === name)
  if (found !== undefined) return found
  throw new PersonhoodError('call.room', `there is no kiosk "${name}" in this room`)
}

function kioskOf(
  { name, district, cable }: RunningKiosk,
  world: RunningWorld,
  room: Room,
): RoomKiosk {
  const place = room.place(name)
  const lying = room.box.cards.find(({ card }) => place.cards.includes(card))
  return {
    name,
    district,
    gateway: world.gatewayOf(district).name,
    standing: place.standing?.id,
    card: lying?.id,
    isCut: cable.isCut,
  }
}

function residentOf(id: string, name: string, room: Room): RoomResident {
  const cards = room.box.cards.filter(({ owner }) => owner === id)
  return { id, name, cards: cards.map((card) => cardOf(card, room)) }
}

function cardOf({ id, label, card }: BoxedCard, room: Room): RoomCard {
  return { id, label, kiosk: room.places.find(({ cards }) => cards.includes(card))?.name }
}
