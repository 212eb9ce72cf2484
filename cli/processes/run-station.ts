import { resolve } from 'node:path'
import { createSystemClock } from '../../runtime/clock.ts'
import { startHttp } from '../../runtime/http.ts'
import type { Routes } from '../../runtime/http-reply.ts'
import { createLog, errorFields, type Log } from '../../runtime/log.ts'
import { endOf } from '../end-of.ts'
import { Exit, type Io } from '../io.ts'
import { type PageName, pageAssets } from '../start/page-routes.ts'
import { parseUsage, usageError } from '../usage.ts'

/** What runs until the process is asked to end: its page's routes, and how it closes. */
export type OpenedStation = {
  readonly routes: { readonly routes: Routes; close(): void }
  close(): Promise<void>
}

/** Options of a command that runs one station. */
export function stationOptions(
  name: string,
  args: readonly string[],
  io: Io,
  more: readonly string[] = [],
): {
  readonly file: string
  readonly isVerbose: boolean
  /** What was given of `more`. */
  readonly given: { readonly [option: string]: unknown }
} {
  const { values, positionals } = parseUsage(args, {
    ...Object.fromEntries(more.map((option) => [option, { type: 'string' } as const])),
    config: { type: 'string' },
    verbose: { type: 'boolean' },
  })
  if (values.config === undefined || positionals.length > 0) {
    throw usageError(`which configuration? ${name} --config ${name}.toml`)
  }
  const file = resolve(io.cwd, values.config)
  return { file, isVerbose: values.verbose === true, given: values }
}

/** Opens a station and serves its page until Ctrl-C or SIGTERM; prints the page's address. */
export async function runStation(
  {
    page,
    port,
    isVerbose,
    io,
  }: { page: PageName | undefined; port: number; isVerbose: boolean; io: Io },
  open: (log: Log, onFailure: (error: unknown) => void) => Promise<OpenedStation>,
): Promise<number> {
  const clock = createSystemClock()
  const level = isVerbose ? 'info' : 'warn'
  const log = createLog({ level, write: io.stderr, clock, isForPeople: io.isTty })
  const assets = page === undefined ? new Map() : await pageAssets(page, '/')
  const ended = endOf(io.signal)
  const station = await open(log, ended.fail)
  try {
    const { routes } = station.routes
    const onFault = (error: unknown) => log.error('page.fault', errorFields(error))
    const server = await startHttp({ routes, assets, port, onFault })
    // Whoever opens the configured address would find another program there.
    if (server.takenPort !== undefined) {
      log.warn('page.port-taken', { wanted: server.takenPort, url: server.url })
    }
    io.stdout(`${server.url}/\n`)
    try {
      await ended.wait
    } finally {
      // A page that stays open would keep a process alive that its supervisor should start anew.
      station.routes.close()
      await server.close()
    }
    return Exit.ok
  } finally {
    await station.close()
  }
}
