import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { type GatewayPlace, writeBrokerSetup } from './broker-setup.ts'
import { initGateway, provisionKiosk, provisionPeer, renewKiosk } from './district.ts'

/** Help of `gateway init`, `gateway kiosk`, `gateway peer` and `gateway broker-config`. */
export const GATEWAY_VERBS_HELP = `personhood gateway init DIR --path a.b.c.d --roots ROOTS --host NAME [--host NAME …]
                        [--listen 8883] [--bind 0.0.0.0] [--page-port 8801]
  Makes a gateway's folder: keys, the district's authority for TLS, certificates, gateway.toml. --host:
  names and addresses where kiosks reach the broker. ROOTS holds the keys of the root set, which sign the
  trust list; where it is not there yet, a root set of three keys, two of which sign, is made in it.
  Paths below demo. make a demonstration.
personhood gateway kiosk NAME --config gateway.toml --roots ROOTS --out DIR [--broker mqtts://HOST:PORT]
  Makes a kiosk's folder for the operator to carry there: keys, kiosk.toml, tls.pem, trust list, a lease
  of status indices. The gateway is stopped meanwhile, and started with the new trust list.
personhood gateway kiosk NAME --config gateway.toml --roots ROOTS --out DIR --renew
  Only a new tls.pem and trust list for a kiosk that is there: certificate 398 days, delegation 90.
personhood gateway peer a.b.c.e --config gateway.toml --out FILE
  The file with which the gateway of another district reaches this district's broker (tls_file there).
personhood gateway broker-config --config gateway.toml --host NAME [--host NAME …] --out DIR
                        [--port 8883] [--bind ADDRESS] [--at FOLDER]
  Files of a Mosquitto 2 for this district: mosquitto.conf, rights of each station, certificates. Again
  after each new kiosk; a broker.pem that holds for 60 days more is kept. --at: where the broker will
  have the files, when that is not DIR.
`

const OPTIONS = {
  config: { type: 'string' },
  path: { type: 'string' },
  roots: { type: 'string' },
  host: { type: 'string', multiple: true },
  listen: { type: 'string', default: '8883' },
  port: { type: 'string', default: '8883' },
  bind: { type: 'string' },
  'page-port': { type: 'string', default: '8801' },
  out: { type: 'string' },
  at: { type: 'string' },
  broker: { type: 'string' },
  renew: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseUsage<typeof OPTIONS>>['values']

/** A verb of `personhood gateway` that makes files and ends; undefined where `args` has none. */
export function gatewayVerb(args: readonly string[]): ((io: Io) => Promise<number>) | undefined {
  const [verb = '', ...rest] = args
  const run = VERBS[verb]
  if (run === undefined) return undefined
  return async (io) => {
    const { values, positionals } = parseUsage(rest, OPTIONS)
    for (const line of await run(values, positionals, io)) io.stdout(`${line}\n`)
    return Exit.ok
  }
}

type Verb = (values: Values, positionals: readonly string[], io: Io) => Promise<readonly string[]>

const VERBS: { readonly [verb: string]: Verb | undefined } = {
  async init(values, [dir, ...more], io) {
    const { path, roots, host = [] } = values
    if (!(dir && path && roots) || more.length > 0 || host.length === 0) throw usage()
    const folder = resolve(io.cwd, dir)
    await initGateway({
      ...{ folder, path: parseDistrictPath(path), rootsFolder: resolve(io.cwd, roots) },
      ...{ hosts: host, bind: values.bind ?? '0.0.0.0', now: nowUnix() },
      listen: wholeNumber('--listen', values.listen, 1, 65_535),
      pagePort: wholeNumber('--page-port', values['page-port'], 0, 65_535),
    })
    return [show(io, join(folder, 'gateway.toml'))]
  },
  async kiosk(values, [name, ...more], io) {
    const { roots, out, broker } = values
    if (!(name && roots && out) || more.length > 0) throw usage()
    const gateway = await readGateway(values, io)
    const place = {
      ...{ gateway, name, rootsFolder: resolve(io.cwd, roots), out: resolve(io.cwd, out) },
      now: nowUnix(),
    }
    if (values.renew === true) await renewKiosk(place)
    else await provisionKiosk({ ...place, ...(broker === undefined ? {} : { broker }) })
    return [show(io, place.out)]
  },
  async peer(values, [path, ...more], io) {
    const { out } = values
    if (!(path && out) || more.length > 0) throw usage()
    const file = resolve(io.cwd, out)
    const gateway = await readGateway(values, io)
    await provisionPeer({ gateway, peer: parseDistrictPath(path), file, now: nowUnix() })
    return [show(io, file)]
  },
  async 'broker-config'(values, positionals, io) {
    const { out, host = [], bind, at } = values
    if (!out || positionals.length > 0 || host.length === 0) throw usage()
    const folder = resolve(io.cwd, out)
    await writeBrokerSetup({
      ...{ gateway: await readGateway(values, io), folder, hosts: host, now: nowUnix() },
      ...{ port: wholeNumber('--port', values.port, 1, 65_535), at: at ?? folder },
      ...(bind === undefined ? {} : { bind }),
    })
    return [show(io, join(folder, 'mosquitto.conf'))]
  },
}

async function readGateway({ config }: Values, io: Io): Promise<GatewayPlace> {
  if (config === undefined) throw usageError('which gateway? --config gateway.toml')
  const file = resolve(io.cwd, config)
  if (!existsSync(file)) throw new PersonhoodError('file.missing', `there is no ${config}`)
  const folder = dirname(file)
  return { folder, config: parseGatewayConfig(await readFile(file, 'utf8'), file) }
}

function usage(): PersonhoodError {
  return usageError(`say one of\n${GATEWAY_VERBS_HELP}`)
}

function show(io: Io, path: string): string {
  return relative(io.cwd, path) || '.'
}

function nowUnix(): number {
  return createSystemClock().now().unix
}
