import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseDatabaseUrl } from '../../runtime/postgres/address.ts'
import { type Connection, connectDatabase } from '../../runtime/postgres/connection.ts'
import { freePort } from './mosquitto.ts'

/** Whose end is the server's end, such as a test. */
export type Owner = { teardown(action: () => unknown): unknown }

/** A real PostgreSQL server in a folder that goes away with its owner, on 127.0.0.1 and a Unix socket. */
export type PostgresServer = {
  readonly port: number
  readonly folder: string
  readonly data: string
  /** Of the role `postgres` and the database `postgres`; trusts whoever reaches it. */
  readonly url: string
  /** The same by another port, for a proxy that stands before the server. */
  urlAt(port: number): string
  connect(): Promise<Connection>
  /** SIGKILL to the postmaster: as the death of the machine, except that the disk's cache stays. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Writes lines at the end of postgresql.conf, for the next start. */
  configure(lines: string): void
  /** Runs one of the server's programs as its own account; gives what it prints. */
  run(program: string, args: readonly string[]): string
}

const LIBRARY = '/usr/lib/postgresql'
/** A standby takes read-only connections. */
const READY = /database system is ready to accept (?:read-only )?connections/

/** The folder of the server's programs, or undefined where there is none. */
function programs(): string | undefined {
  const versions = existsSync(LIBRARY) ? readdirSync(LIBRARY).sort((a, b) => +b - +a) : []
  return versions
    .map((name) => join(LIBRARY, name, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')))
}

/** Why no server can be run here, or false. */
export function noPostgres(): string | false {
  if (programs() === undefined) return 'PostgreSQL is not installed (Debian: postgresql)'
  return isRoot() && account() === undefined
    ? 'the server refuses root: no account postgres'
    : false
}

/** Makes a database folder and runs a server on it; it ends with its owner. */
// biome-ignore lint/suspicious/useAwait: what fails before the server starts rejects as well
export async function startPostgres(t: Owner, lines = ''): Promise<PostgresServer> {
  const folder = ownFolder(t)
  const data = join(folder, 'data')
  runProgram('initdb', [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=trust',
    '-E',
    'UTF8',
    '--no-sync',
    '--locale=C',
  ])
  return serve(t, folder, data, lines)
}

/** A server on a folder that is a database already, such as a copy. */
export async function serve(
  t: Owner,
  folder: string,
  data: string,
  lines = '',
): Promise<PostgresServer> {
  const port = await freePort()
  let child: ChildProcess | undefined
  const configure = (more: string) =>
    writeFileSync(join(data, 'postgresql.conf'), `${more}\n`, { flag: 'a' })
  configure(
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${folder}'
shared_buffers = 16MB\nmax_connections = 40\nautovacuum = off\n${lines}`,
  )
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const server: PostgresServer = {
    port,
    folder,
    data,
    url,
    urlAt: (other) => url.replace(String(port), String(other)),
    connect: () => connectDatabase({ address: parseDatabaseUrl(url) }),
    configure,
    run: runProgram,
    async start() {
      child = await launch(data)
    },
    async kill() {
      const ended = child && once(child, 'exit')
      child?.kill('SIGKILL')
      await ended
      child = undefined
    },
  }
  t.teardown(async () => {
    if (child === undefined) return
    const ended = once(child, 'exit')
    child.kill('SIGQUIT')
    await ended
  })
  await server.start()
  return server
}

/** A folder that the server's account owns, removed with its owner. */
export function ownFolder(t: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  const { uid, gid } = account() ?? {}
  if (isRoot() && uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return folder
}

function launch(data: string): Promise<ChildProcess> {
  const child = spawn(join(programs() ?? '', 'postgres'), ['-D', data], {
    ...asAccount(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said: string[] = []
  if (child.stderr === null) throw new Error('the server has no stderr')
  const lines = createInterface({ input: child.stderr })
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line)
      if (READY.test(line)) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`postgres ended with ${code}: ${said.join('\n')}`)),
    )
  })
}

function runProgram(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(programs() ?? '', program), args, {
    ...asAccount(),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return stdout
}

function asAccount(): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  const ids = isRoot() ? account() : undefined
  return { ...ids, cwd: tmpdir(), env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function account(): { readonly uid: number; readonly gid: number } | undefined {
  try {
    const id = (flag: string) =>
      Number(
        execFileSync('id', [flag, 'postgres'], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      )
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
