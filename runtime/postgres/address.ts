import { PersonhoodError } from '../../protocol/errors.ts'

/** One server of a database: a host name or address, or the folder of its Unix socket. */
export type DatabaseHost = { readonly host: string; readonly port: number }

/** Where a database is. Of several hosts the one counts that takes writes. */
export type DatabaseAddress = {
  readonly hosts: readonly DatabaseHost[]
  readonly database: string
  readonly role: string
}

const DEFAULT_PORT = 5432
const MAX_HOSTS = 8
const NAME = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}'
const URL_FORM = new RegExp(
  `^postgres(?:ql)?://(${NAME})@([^/?#]*)/(${NAME})(?:\\?host=([^&#]+))?$`,
)
const HOST_FORM = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?$/
const LOOPBACK = /^127(?:\.\d{1,3}){3}$/
const SOCKET_FORM = /^\/[A-Za-z0-9._/-]{1,90}$/

/**
 * Reads `postgres://ROLE@HOST[:PORT][,HOST[:PORT]…]/DATABASE`, or with a Unix socket
 * `postgres://ROLE@[:PORT]/DATABASE?host=/FOLDER`; throws `config.database-url`. A password is
 * refused here: configuration files are not secret.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const [, role, servers, database, socket] = URL_FORM.exec(url) ?? []
  if (role === undefined || servers === undefined || database === undefined) {
    if (/^postgres(?:ql)?:\/\/[^@/]*:[^@/]*@/.test(url)) {
      throw refused('has a password in it: keep that in the key file database-password')
    }
    throw refused('wants postgres://ROLE@HOST[:PORT]/DATABASE')
  }
  const hosts = socket === undefined ? parseHosts(servers) : [parseSocket(socket, servers)]
  return { hosts, database, role }
}

/** True where no byte leaves the machine on the way to that host. */
export function isLocalHost({ host }: DatabaseHost): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || LOOPBACK.test(host)
}

/** The address for people: no secret is in it. */
export function addressText({ hosts, database, role }: DatabaseAddress): string {
  const servers = hosts.map(({ host, port }) => `${host}:${port}`).join(',')
  return `database ${database} on ${servers} as ${role}`
}

function parseHosts(servers: string): readonly DatabaseHost[] {
  const hosts = servers.split(',').map((server) => {
    const [, host, port] = HOST_FORM.exec(server) ?? []
    if (host === undefined) throw refused(`names no host: ${JSON.stringify(server.slice(0, 80))}`)
    return { host: host.replace(/^\[|\]$/g, ''), port: parsePort(port) }
  })
  if (hosts.length > MAX_HOSTS) throw refused(`names ${hosts.length} hosts, at most ${MAX_HOSTS}`)
  return hosts
}

function parseSocket(folder: string, servers: string): DatabaseHost {
  if (!SOCKET_FORM.test(folder)) throw refused('wants host=/FOLDER of the Unix socket')
  if (!/^(?::\d{1,5})?$/.test(servers)) throw refused('names a host and the folder of a socket')
  return { host: folder, port: parsePort(servers.slice(1) || undefined) }
}

function parsePort(digits: string | undefined): number {
  const port = digits === undefined ? DEFAULT_PORT : Number(digits)
  if (port >= 1 && port <= 65_535) return port
  throw refused(`has no port ${digits}`)
}

function refused(problem: string): PersonhoodError {
  return new PersonhoodError('config.database-url', problem)
}
