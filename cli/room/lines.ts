import { createInterface } from 'node:readline'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Io } from '../io.ts'
import { obey, type RoomMove } from './obey.ts'
import type { Room } from './room.ts'

/** The one place of a room that lines move. */
export const LINES_PLACE = 'kiosk'

/** A command of the room out of a line; throws `call.room` with what may be typed. */
export function parseRoomLine(line: string, residents: readonly string[]): RoomMove {
  const [verb, name, ...rest] = line.trim().split(/\s+/)
  const kiosk = LINES_PLACE
  if (rest.length === 0) {
    if (verb === 'stand' && name !== undefined) return { name: 'stand', kiosk, resident: name }
    if (verb === 'leave' && name === undefined) return { name: 'stand', kiosk, resident: null }
    if (verb === 'card' && name !== undefined) return { name: 'place', kiosk, card: name }
    if (verb === 'lift' && name === undefined) return { name: 'remove', kiosk }
  }
  throw new PersonhoodError(
    'call.room',
    `type "stand NAME" (${residents.join(', ')}), "leave", "card new", "card NAME-1" or "lift"`,
  )
}

/** Moves the room by lines of standard input; returns the function that stops it. */
export function followLines(room: Room, io: Io): () => void {
  const residents = room.residents.map(({ id }) => id)
  const lines = createInterface({ input: io.stdin })
  lines.on('line', (line) => {
    if (line.trim() === '') return
    try {
      obey(parseRoomLine(line, residents), room)
    } catch (error) {
      if (!(error instanceof PersonhoodError)) throw error
      io.stderr(`${error.message}\n`)
    }
  })
  return () => lines.close()
}
