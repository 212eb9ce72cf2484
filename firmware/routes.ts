import { PersonhoodError } from '../protocol/errors.ts'
import type { Timers } from '../protocol/timers.ts'
import { createCommandHandler } from '../runtime/http-commands.ts'
import type { Routes } from '../runtime/http-reply.ts'
import { createStateStream } from '../runtime/server-sent-events.ts'
import type { Kiosk } from './kiosk.ts'
import { parseKioskCommand } from './kiosk-state.ts'

/** A kiosk's routes, and the end of what they follow. */
export type KioskRoutes = { readonly routes: Routes; close(): void }

/**
 * The page's routes under `prefix` (such as `/kiosk`, or empty): `events` streams
 * snapshots, `state` is the present one, `frame.png` the frame that is shown, and `commands` takes a
 * `KioskCommand` as JSON; one that does not fit the screen answers `isTaken: false`, for a button may
 * be pressed while the screen changes.
 */
export function kioskRoutes(kiosk: Kiosk, prefix: `/${string}` | '', timers?: Timers): KioskRoutes {
  const stream = createStateStream(kiosk.state, timers)
  const stop = kiosk.onState((state) => stream.publish(state))
  const commands = createCommandHandler((value) => {
    const command = parseKioskCommand(value)
    if (command === undefined) {
      throw new PersonhoodError('bytes.command', 'the body is no command of this page')
    }
    return kiosk.command(command)
  })
  const routes: Routes = {
    [`GET ${prefix}/events`]: stream.handler,
    [`GET ${prefix}/state`]: () => ({
      status: 200,
      type: 'application/json',
      body: JSON.stringify(kiosk.state),
    }),
    [`GET ${prefix}/frame.png`]: () => {
      const body = kiosk.previewFrame()
      // Nobody's fault: the capture may end while the page asks for its last frame.
      if (body === undefined) return { status: 204 }
      return { status: 200, type: 'image/png', body }
    },
    [`POST ${prefix}/commands`]: commands,
  }
  return {
    routes,
    close() {
      stop()
      stream.close()
    },
  }
}
