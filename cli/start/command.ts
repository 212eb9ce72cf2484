import { resolve } from 'node:path'
import { createSystemClock } from '../../runtime/clock.ts'
import { startHttp } from '../../runtime/http.ts'
import { createLog, errorFields } from '../../runtime/log.ts'
import { endOf } from '../end-of.ts'
import { type Command, Exit } from '../io.ts'
import { DEMO_DISTRICTS, openWorld } from '../provision/world.ts'
import { openCardBox } from '../room/card-box.ts'
import { loadEyes } from '../room/eyes-folder.ts'
import { imagedResidents, renderedResidents } from '../room/residents.ts'
import { createRoom, PAGE_PACE } from '../room/room.ts'
import { parseUsage, usageError } from '../usage.ts'
import { startWorld } from '../world/running-world.ts'
import { worldPages } from './page-routes.ts'
import { serveRoom } from './room-server.ts'

const HELP = `personhood start [--port N] [--dir DIR] [--eyes DIR] [--verbose]
  Two districts with simulated devices, in a page on 127.0.0.1. What happens stays in DIR and is
  there again at the next start; delete the folder to begin anew.
  --port N   the first port to try (default 8787; the next free one if it is taken)
  --dir DIR  where keys, stores and cards are kept (default .personhood)
  --eyes DIR stored eye images (index.csv: path,subject,eye) instead of rendered ones
  --verbose  the stations' logs on stderr
`
/** `personhood start`. */
export const startCommand: Command = {
  name: 'start',
  summary: 'two districts with simulated devices, in a page',
  help: HELP,
  async run(args, io) {
    const { values, positionals } = parseUsage(args, {
      port: { type: 'string', default: '8787' },
      dir: { type: 'string', default: '.personhood' },
      eyes: { type: 'string' },
      verbose: { type: 'boolean' },
    })
    if (positionals.length > 0) throw usageError(`start takes options only\n${HELP}`)
    const port = Number(values.port)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw usageError('--port wants a number from 0 to 65535')
    }
    const folder = resolve(io.cwd, values.dir)
    const residents =
      values.eyes === undefined
        ? renderedResidents(1)
        : imagedResidents(await loadEyes(resolve(io.cwd, values.eyes)))
    const clock = createSystemClock()
    const level = values.verbose === true ? 'info' : 'error'
    const log = createLog({ level, write: io.stderr, clock, isForPeople: io.isTty })
    const planned = await openWorld(folder, DEMO_DISTRICTS, clock.now().unix)
    const names = planned.kiosks.map(({ name }) => name)
    const box = openCardBox(resolve(folder, 'cards'))
    const room = createRoom(names, residents, box, PAGE_PACE)
    const ended = endOf(io.signal)
    const world = await startWorld(planned, room, log, ended.fail)
    try {
      const roomServer = serveRoom(room, world)
      const pages = await worldPages(world, roomServer)
      const onFault = (error: unknown) => log.error('page.fault', errorFields(error))
      const server = await startHttp({ ...pages, port, onFault })
      if (server.takenPort !== undefined) {
        io.stderr(`port ${server.takenPort} is taken by another program\n`)
      }
      io.stdout(`${server.url}/\n`)
      io.stderr('Open this address in a browser. Ctrl-C ends.\n')
      try {
        await ended.wait
      } finally {
        pages.close()
        roomServer.close()
        await server.close()
      }
      return Exit.ok
    } finally {
      await world.close()
    }
  },
}
