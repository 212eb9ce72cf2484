import { Socket } from 'node:net'
import { Client, type QueryResultRow } from 'pg'
import { PersonhoodError } from '../../protocol/errors.ts'
import { until } from '../until.ts'
import { addressText, type DatabaseAddress, type DatabaseHost, isLocalHost } from './address.ts'
import { faultKind, storeFault, unreachable } from './faults.ts'

/** How a database is reached. */
export type DatabaseOptions = {
  readonly address: DatabaseAddress
  readonly password?: string
  /** PEM texts. Without `ca` the machine's own authorities count; cert and key prove us. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** For one attempt to connect to one host; 5 s unless told. */
  readonly connectTimeoutMs?: number
}

/** One session of the database. A fault of the line, or a deadline, ends it. */
export type Connection = {
  readonly isOpen: boolean
  /** Process id of the server's side. */
  readonly pid: number
  /** A warning that came since this was last asked: after COMMIT it says that not all is well. */
  takeWarning(): string | undefined
  /** One statement, at most so long. Without values several may stand in one text; rows of none are given. */
  query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] | undefined,
    timeoutMs: number,
  ): Promise<readonly Row[]>
  /** Calls back with the payload of each notification on a channel, while the session lives. */
  listen(channel: string, listener: (payload: string) => void, timeoutMs: number): Promise<void>
  /** Called once the session is over, for whatever reason. */
  onEnd(listener: () => void): void
  close(): Promise<void>
  /** Ends it now, without a word to the server. */
  destroy(): void
}

const CONNECT_TIMEOUT_MS = 5000
const CLOSE_TIMEOUT_MS = 2000
/** The oldest server with client_connection_check_interval. */
const MIN_SERVER = 140_000
const CHANNEL = /^[a-z][a-z0-9_]{0,62}$/
const APPLICATION = 'personhood'

/** A session's settings: a dead peer is noticed on both sides within half a minute. */
const SETTINGS = `SET client_connection_check_interval = '5s';
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 25000; SET idle_in_transaction_session_timeout = '30s';
SET bytea_output = 'hex'`

type ServerRow = {
  readonly version: number
  readonly fsync: string
  readonly commit: string
  readonly is_standby: boolean
}

/** Connects to the first host that takes writes; throws `store.unreachable`, `store.denied`, `store.unsafe`. */
export async function connectDatabase(options: DatabaseOptions): Promise<Connection> {
  const place = addressText(options.address)
  let last: unknown
  for (const host of options.address.hosts) {
    try {
      return await connectHost(options, host)
    } catch (error) {
      // A host that answers and refuses is told at once only where there is no other to ask.
      if (last === undefined || faultKind(error) !== 'gone') last = error
    }
  }
  throw storeFault(place, last)
}

async function connectHost(options: DatabaseOptions, host: DatabaseHost): Promise<Connection> {
  const place = addressText({ ...options.address, hosts: [host] })
  const connection = await openSession(options, host, place)
  try {
    await prepareSession(connection, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS, place)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** Each setting is given, so that no PG* variable of the environment and no ~/.pgpass counts. */
async function openSession(
  { address, password, tls, connectTimeoutMs = CONNECT_TIMEOUT_MS }: DatabaseOptions,
  host: DatabaseHost,
  place: string,
): Promise<Connection> {
  const socket = new Socket()
  const client = new Client({
    host: host.host,
    port: host.port,
    database: address.database,
    user: address.role,
    // An empty one stands for none: the driver would otherwise look for one elsewhere.
    password: password ?? '',
    application_name: APPLICATION,
    ssl: isLocalHost(host) && tls === undefined ? false : { rejectUnauthorized: true, ...tls },
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: () => socket,
  })
  let isOpen = true
  let warning: string | undefined
  const enders: (() => void)[] = []
  const destroy = () => {
    isOpen = false
    socket.destroy()
    for (const ended of enders.splice(0)) ended()
  }
  client.on('error', destroy)
  client.on('end', destroy)
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warning = message
  })
  const within = <T>(promise: Promise<T>, timeoutMs: number): Promise<T> =>
    until(promise, {
      signals: [],
      timeoutMs,
      fault: () => unreachable(place, timeoutMs, undefined),
    })
  try {
    await within(client.connect(), connectTimeoutMs)
  } catch (error) {
    destroy()
    throw storeFault(place, error)
  }
  async function query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] | undefined,
    timeoutMs: number,
  ): Promise<readonly Row[]> {
    try {
      const sent = values === undefined ? client.query(text) : client.query(text, [...values])
      const { rows } = await within(sent, timeoutMs)
      return rows as readonly Row[]
    } catch (error) {
      if (faultKind(error) === 'gone') destroy()
      throw error
    }
  }

  return {
    get isOpen() {
      return isOpen
    },
    pid: (client as unknown as { readonly processID: number }).processID,
    takeWarning() {
      const taken = warning
      warning = undefined
      return taken
    },
    query,
    async listen(channel, listener, timeoutMs) {
      if (!CHANNEL.test(channel))
        throw new PersonhoodError('call.channel', `no channel: ${channel}`)
      client.on('notification', (told) => {
        if (told.channel === channel) listener(told.payload ?? '')
      })
      await query(`LISTEN ${channel}`, undefined, timeoutMs)
    },
    onEnd(listener) {
      if (isOpen) enders.push(listener)
      else listener()
    },
    async close() {
      if (isOpen) await within(client.end(), CLOSE_TIMEOUT_MS).catch(() => undefined)
      destroy()
    },
    destroy,
  }
}

async function prepareSession(
  connection: Connection,
  timeoutMs: number,
  place: string,
): Promise<void> {
  const [server] = await connection.query<ServerRow>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commit, pg_is_in_recovery() AS is_standby`,
    [],
    timeoutMs,
  )
  if (server === undefined) throw unsafe(place, 'says nothing about itself')
  if (server.version < MIN_SERVER) throw unsafe(place, 'is older than PostgreSQL 14')
  if (server.is_standby) {
    throw new PersonhoodError('store.unreachable', `${place} is a standby and takes no writes`)
  }
  if (server.fsync !== 'on') {
    throw unsafe(
      place,
      `runs with fsync = ${server.fsync}: a power cut would lose what was acknowledged`,
    )
  }
  await connection.query(SETTINGS, undefined, timeoutMs)
  // What is weaker than the primary's own disk and its synchronous standbys is raised to that.
  if (server.commit === 'off' || server.commit === 'local') {
    await connection.query('SET synchronous_commit = on', undefined, timeoutMs)
  }
}

function unsafe(place: string, problem: string): PersonhoodError {
  return new PersonhoodError('store.unsafe', `${place} ${problem}`)
}
