import type { PageContext } from '../../web/page.ts'
import type { KioskCommand } from '../kiosk-state.ts'

/** The strings, and a way to send one of the kiosk's own commands. */
export type KioskContext = Omit<PageContext, 'send'> & {
  readonly send: (command: KioskCommand) => void
}
