import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type KioskConfig, parseKioskConfig } from '../../firmware/config.ts'
import { kioskRoutes } from '../../firmware/routes.ts'
import { listenForControl } from '../../runtime/control.ts'
import type { Command } from '../io.ts'
import { kioskActs } from '../queue/kiosk-desk.ts'
import { openCardBox } from '../room/card-box.ts'
import { followLines, LINES_PLACE } from '../room/lines.ts'
import { renderedResidents } from '../room/residents.ts'
import { createRoom, PAGE_PACE, type Room } from '../room/room.ts'
import { openKioskStation } from '../stations/kiosk-station.ts'
import { runStation, stationOptions } from './run-station.ts'

/** `personhood kiosk`. */
export const kioskCommand: Command = {
  name: 'kiosk',
  summary: 'one kiosk as a process of its own',
  help: `personhood kiosk --config kiosk.toml [--verbose]
  Runs one kiosk: its camera head and card reader, its outbox, its page on 127.0.0.1. With simulated
  devices, lines on standard input move the room: "stand leila", "leave", "card new",
  "card leila-1", "lift".
  Ends on Ctrl-C or SIGTERM, and takes up at the next start what it had not finished.
`,
  async run(args, io) {
    const { file, isVerbose } = stationOptions('kiosk', args, io)
    const config = parseKioskConfig(await readFile(file, 'utf8'), file)
    const folder = resolve(dirname(file))
    return runStation({ page: 'kiosk', port: config.pagePort, isVerbose, io }, async (log) => {
      const room = simulatedRoom(config, folder)
      const simulated = room?.places[0]
      const { kiosk, close } = await openKioskStation({
        config,
        folder,
        log,
        ...(simulated && { simulated }),
      })
      const control = await listenForControl(resolve(folder, config.data), kioskActs(kiosk))
      const stop = room && followLines(room, io)
      const routes = kioskRoutes(kiosk, '')
      return {
        routes,
        async close() {
          stop?.()
          await control.close()
          await close()
        },
      }
    })
  },
}

function simulatedRoom({ orb, nfc, data }: KioskConfig, folder: string): Room | undefined {
  if (orb.kind !== 'simulator' && nfc.kind !== 'simulator') return undefined
  const box = openCardBox(join(folder, data, 'cards'))
  return createRoom([LINES_PLACE], renderedResidents(1), box, PAGE_PACE)
}
