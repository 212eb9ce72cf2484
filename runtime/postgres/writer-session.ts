import { addressText } from './address.ts'
import { type Connection, connectDatabase } from './connection.ts'
import { busy, sqlState } from './faults.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations.ts'
import type { PostgresStoreOptions } from './postgres-options.ts'

/** What the database has kept of a writer. */
export type WriterState = {
  /** How often a writer of this name was opened. */
  readonly epoch: number
  /** Commits since then. */
  readonly seq: number
}

const WRITER_OF_ANY_NAME = 'gateway'
/** lock_not_available: the wait for a lock was ended by lock_timeout. */
const LOCK_NOT_AVAILABLE = '55P03'

/** The writer's name in the database. */
export function writerName({ writer = WRITER_OF_ANY_NAME }: PostgresStoreOptions): string {
  return writer
}

/** The place as messages name it. */
export function placeText({ address, district }: PostgresStoreOptions): string {
  return `${district} in ${addressText(address)}`
}

/**
 * A session that holds the writer's lock. The server gives the lock up only when the session that
 * had it is over, so whatever that one was doing is committed or undone by now.
 */
export async function connectWriter(
  options: PostgresStoreOptions,
  timeoutMs: number,
): Promise<Connection> {
  const connection = await connectDatabase(options)
  try {
    await migrate(connection, options.migrations ?? MIGRATIONS, timeoutMs)
    await lockWriter(connection, options, timeoutMs)
    await connection.query("SET lock_timeout = '10s'", undefined, timeoutMs)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** The writer as the database has it, or undefined where there was never one. */
export async function readWriter(
  connection: Connection,
  options: PostgresStoreOptions,
  timeoutMs: number,
): Promise<WriterState | undefined> {
  const [row] = await connection.query<{ readonly epoch: string; readonly seq: string }>(
    'SELECT epoch, seq FROM personhood.writer WHERE district = $1 AND writer = $2',
    [options.district, writerName(options)],
    timeoutMs,
  )
  return row && { epoch: Number(row.epoch), seq: Number(row.seq) }
}

/** Begins a new epoch; whoever writes under an older one is refused from now on. */
export async function beginEpoch(
  connection: Connection,
  options: PostgresStoreOptions,
  timeoutMs: number,
): Promise<WriterState> {
  const [row] = await connection.query<{ readonly epoch: string }>(
    `INSERT INTO personhood.writer AS w (district, writer, epoch, seq) VALUES ($1, $2, 1, 0)
      ON CONFLICT (district, writer) DO UPDATE SET epoch = w.epoch + 1, seq = 0 RETURNING epoch`,
    [options.district, writerName(options)],
    timeoutMs,
  )
  return { epoch: Number(row?.epoch), seq: 0 }
}

async function lockWriter(
  connection: Connection,
  options: PostgresStoreOptions,
  timeoutMs: number,
): Promise<void> {
  const name = `personhood writer ${options.district} ${writerName(options)}`
  const waitMs = Math.max(1, Math.floor(timeoutMs))
  await connection.query(`SET lock_timeout = ${waitMs}`, undefined, waitMs + 5000)
  try {
    await connection.query(
      'SELECT pg_advisory_lock(hashtextextended($1, 0))',
      [name],
      // The server's own clock ends the wait; ours is for a server that does not answer at all.
      waitMs + 5000,
    )
  } catch (error) {
    if (sqlState(error) === LOCK_NOT_AVAILABLE) throw busy(placeText(options), writerName(options))
    throw error
  }
}
