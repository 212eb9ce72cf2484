import { fileURLToPath } from 'node:url'
import { kioskRoutes } from '../../firmware/routes.ts'
import { gatewayRoutes } from '../../gateway/routes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { HttpOptions } from '../../runtime/http.ts'
import { type Asset, loadAssets } from '../../runtime/http-assets.ts'
import { createCommandHandler } from '../../runtime/http-commands.ts'
import type { Routes } from '../../runtime/http-reply.ts'
import { createStateStream } from '../../runtime/server-sent-events.ts'
import type { RunningWorld } from '../world/running-world.ts'
import type { RoomServer } from './room-server.ts'
import { parseRoomCommand, type RoomState } from './room-state.ts'

/** Routes and files of some pages, and the end of what they follow. */
export type Pages = Required<Pick<HttpOptions, 'routes' | 'assets'>> & { close(): void }

/** The page that a folder of dist/web holds. */
export type PageName = 'kiosk' | 'gateway' | 'overview'

/** Files of one page under a prefix that ends in a slash; throws `file.no-pages` before a build. */
export async function pageAssets(page: PageName, prefix: string): Promise<Map<string, Asset>> {
  const folder = fileURLToPath(new URL(`../../web/${page}`, import.meta.url))
  const assets = await loadAssets(folder).catch((cause: unknown) => {
    throw new PersonhoodError('file.no-pages', 'the pages are not built: npm run build', { cause })
  })
  return new Map([...assets].map(([path, asset]) => [`${prefix}${path.slice(1)}`, asset]))
}

/** All pages of a running world: the overview at `/`, each kiosk and gateway below it. */
export async function worldPages(world: RunningWorld, room: RoomServer): Promise<Pages> {
  const stream = createStateStream<RoomState>(room.state)
  const stopRoom = room.onState(() => stream.publish(room.state))
  const assets = await pageAssets('overview', '/')
  const parts: { readonly routes: Routes; close(): void }[] = []
  for (const { name, kiosk } of world.kiosks) {
    parts.push(kioskRoutes(kiosk, `/kiosk/${name}`))
    for (const [path, asset] of await pageAssets('kiosk', `/kiosk/${name}/`))
      assets.set(path, asset)
  }
  for (const { name, gateway } of world.gateways) {
    parts.push(gatewayRoutes(gateway, `/gateway/${name}`))
    for (const [path, asset] of await pageAssets('gateway', `/gateway/${name}/`)) {
      assets.set(path, asset)
    }
  }
  const commands = createCommandHandler((value) => {
    const command = parseRoomCommand(value)
    if (command === undefined) {
      throw new PersonhoodError('bytes.command', 'the body is no command of the room')
    }
    room.command(command)
    return { isTaken: true }
  })
  return {
    assets,
    routes: Object.assign(
      { 'GET /room/events': stream.handler, 'POST /room/commands': commands },
      ...parts.map(({ routes }) => routes),
    ),
    close() {
      stopRoom()
      stream.close()
      for (const part of parts) part.close()
    },
  }
}
