import type { PageContext } from '../../../web/page.ts'
import type { RoomCommand } from '../room-state.ts'

/** The strings, and a way to send one of the room's own commands. */
export type RoomContext = Omit<PageContext, 'send'> & {
  readonly send: (command: RoomCommand) => void
}
