import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { gatewayRoutes } from '../../gateway/routes.ts'
import { listenForControl } from '../../runtime/control.ts'
import type { Command } from '../io.ts'
import { GATEWAY_VERBS_HELP, gatewayVerb } from '../provision/gateway-verbs.ts'
import { openGatewayStation } from '../stations/gateway-station.ts'
import { usageError } from '../usage.ts'
import { runMatchRole } from './match-role.ts'
import { runStation, stationOptions } from './run-station.ts'

/** `personhood gateway`. */
export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'one district as a process of its own',
  help: `personhood gateway --config gateway.toml [--role ROLE] [--verbose]
  Runs one district: its broker (or a connection to another), its checks, its page on 127.0.0.1.
  Keys and store lie in the folder that the file names. Ends on Ctrl-C or SIGTERM and takes up at
  the next start what it had not done.
  --role all      what is done unless told
  --role match    only holds a share of the people in memory and searches them, for whoever asks by
                  the database ([store] with url; [search] by = "workers"). Any number
${GATEWAY_VERBS_HELP}`,
  async run(args, io) {
    const verb = gatewayVerb(args)
    if (verb !== undefined) return verb(io)
    const { file, isVerbose, given } = stationOptions('gateway', args, io, ['role'])
    const role = given['role'] ?? 'all'
    if (role !== 'all' && role !== 'match') throw usageError('which role? all or match')
    const config = parseGatewayConfig(await readFile(file, 'utf8'), file)
    if (role === 'match') return runMatchRole({ config, folder: dirname(file), isVerbose, io })
    return runStation(
      { page: 'gateway', port: config.pagePort, isVerbose, io },
      async (log, onFailure) => {
        const folder = resolve(dirname(file))
        const { gateway, close } = await openGatewayStation({ config, folder, log, onFailure })
        const acts = { import: gateway.byHand.exchange }
        const control = await listenForControl(resolve(folder, config.data), acts)
        return {
          routes: gatewayRoutes(gateway, ''),
          async close() {
            await control.close()
            await close()
          },
        }
      },
    )
  },
}
