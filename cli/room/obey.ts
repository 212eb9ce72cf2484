import { PersonhoodError } from '../../protocol/errors.ts'
import { NEW_CARD, type RoomCommand } from '../start/room-state.ts'
import type { BoxedCard } from './card-box.ts'
import type { Place, Room } from './room.ts'

/** What moves people and cards; a line is cut elsewhere. */
export type RoomMove = Exclude<RoomCommand, { readonly name: 'cut' | 'mend' }>

/** Does a command of the room; throws `call.room` with a sentence where it does not fit. */
export function obey(command: RoomMove, room: Room): void {
  const place = room.place(command.kiosk)
  if (command.name === 'stand') {
    stand(command.resident, place, room)
  } else if (command.name === 'remove') {
    for (const card of place.cards) place.lift(card)
  } else {
    lay(cardFor(command.card, place, room), place, room)
  }
}

/** Nobody stands in two places: who goes to one kiosk has left the other. */
function stand(resident: string | null, place: Place, room: Room): void {
  const found = resident === null ? undefined : room.resident(resident)
  for (const other of room.places) {
    if (other !== place && found !== undefined && other.standing === found) other.stand(undefined)
  }
  place.stand(found)
}

function cardFor(id: string, place: Place, room: Room): BoxedCard {
  if (id !== NEW_CARD) {
    const card = room.box.find(id)
    if (card !== undefined) return card
    throw new PersonhoodError('call.room', `there is no card "${id}" in this room`)
  }
  if (place.standing === undefined) {
    throw new PersonhoodError('call.room', 'nobody stands here who could be handed a card')
  }
  return room.box.create(place.standing.id)
}

function lay({ card }: BoxedCard, place: Place, room: Room): void {
  for (const other of room.places) other.lift(card)
  place.lay(card)
}
