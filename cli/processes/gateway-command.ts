import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type GatewayConfig, parseGatewayConfig } from '../../gateway/config.ts'
import { type GatewayRole, ROLES } from '../../gateway/role.ts'
import { gatewayRoutes } from '../../gateway/routes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { listenForControl } from '../../runtime/control.ts'
import type { Command } from '../io.ts'
import { GATEWAY_VERBS_HELP, gatewayVerb } from '../provision/gateway-verbs.ts'
import {
  type GatewayStationOptions,
  openGatewayStation,
  openIngestStation,
} from '../stations/gateway-station.ts'
import { usageError } from '../usage.ts'
import { runMatchRole } from './match-role.ts'
import { type OpenedStation, runStation, stationOptions } from './run-station.ts'

/** `personhood gateway`. */
export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'one district as a process of its own, or as several on one database',
  help: `personhood gateway --config gateway.toml [--role ROLE] [--name NAME] [--verbose]
  Runs one district: its broker (or a connection to another), its checks, its page on 127.0.0.1.
  Keys and store lie in the folder that the file names. Ends on Ctrl-C or SIGTERM and takes up at
  the next start what it had not done.
  --role all      what is done unless told
  --role ingest   only takes in what kiosks send: verifies, makes durable, signs receipts. Any
                  number beside one all or api; NAME tells them apart, unless told it is the host's
  --role api      all but that: checks, other districts, finals, cases, status lists, the page.
                  One, and then no all
  --role match    only holds a share of the people in memory and searches them, for whoever asks by
                  the database ([search] by = "workers"). Any number
  All but a lone all share a database: [store] with url.
${GATEWAY_VERBS_HELP}`,
  async run(args, io) {
    const verb = gatewayVerb(args)
    if (verb !== undefined) return verb(io)
    const { file, isVerbose, given } = stationOptions('gateway', args, io, ['role', 'name'])
    const role = ROLES.find((one) => one === (given['role'] ?? 'all'))
    if (role === undefined) throw usageError(`which role? one of ${ROLES.join(', ')}`)
    const name = nameOf(role, given['name'])
    const config = parseGatewayConfig(await readFile(file, 'utf8'), file)
    const folder = resolve(dirname(file))
    if (role === 'match') return runMatchRole({ config, folder, isVerbose, io })
    assertShared(role, config, file)
    return runStation(
      { page: role === 'ingest' ? undefined : 'gateway', port: config.pagePort, isVerbose, io },
      (log, onFailure) => {
        const options = { config, folder, log, onFailure }
        return role === 'ingest' ? openIngest(options, name) : openWhole(options, role)
      },
    )
  },
}

async function openIngest(options: GatewayStationOptions, name: string): Promise<OpenedStation> {
  const { ingest, close } = await openIngestStation({ ...options, name })
  return { routes: gatewayRoutes(ingest), close }
}

async function openWhole(
  options: GatewayStationOptions,
  role: 'api' | 'all',
): Promise<OpenedStation> {
  const { gateway, close } = await openGatewayStation({ ...options, role })
  const acts = { import: gateway.byHand.exchange }
  const control = await listenForControl(resolve(options.folder, options.config.data), acts)
  return {
    routes: gatewayRoutes(gateway),
    async close() {
      await control.close()
      await close()
    },
  }
}

function nameOf(role: GatewayRole, name: unknown): string {
  if (name === undefined) return hostname().slice(0, 64)
  if (role !== 'ingest') throw usageError('only ingest processes have names: there may be several')
  if (typeof name === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(name)) return name
  throw usageError('a name has 1 to 64 letters, digits, . _ or -')
}

function assertShared(role: GatewayRole, config: GatewayConfig, file: string): void {
  if (role === 'all' || config.store !== undefined) return
  throw new PersonhoodError(
    'config.role',
    `${file}: the role ${role} works beside others on one database, and the store of this file lies in a folder, which one process has alone: add [store] with url, or leave --role out`,
  )
}
