import { createHash } from 'node:crypto'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Connection } from './connection.ts'
import type { Migration } from './migrations.ts'

/** Advisory lock of all who migrate this schema; the number is ours alone by chance. */
const MIGRATION_LOCK = '7310599437582140001'

type AppliedRow = { readonly number: number; readonly sha256: string }

/**
 * Brings the schema `personhood` up to the last of `migrations`, each in a transaction of its own,
 * one process at a time. Throws `store.schema` where the database is newer than this program or was
 * made by other steps. Nothing is locked or made where all of it is there.
 */
export async function migrate(
  connection: Connection,
  migrations: readonly Migration[],
  timeoutMs: number,
): Promise<void> {
  if (pending(await readApplied(connection, timeoutMs), migrations).length === 0) return
  await connection.query(`SET lock_timeout = ${Math.floor(timeoutMs)}`, undefined, timeoutMs)
  await connection.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`, undefined, timeoutMs)
  try {
    await connection.query(
      `CREATE SCHEMA IF NOT EXISTS personhood;
      CREATE TABLE IF NOT EXISTS personhood.migration (
        number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`,
      undefined,
      timeoutMs,
    )
    // Read again: another process may have done it while this one waited for the lock.
    for (const step of pending(await readApplied(connection, timeoutMs), migrations)) {
      await apply(connection, step, timeoutMs)
    }
  } finally {
    if (connection.isOpen) {
      await connection.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`, undefined, timeoutMs)
    }
  }
}

async function apply(connection: Connection, step: Migration, timeoutMs: number): Promise<void> {
  try {
    await connection.query('BEGIN', undefined, timeoutMs)
    await connection.query(step.sql, undefined, timeoutMs)
    await connection.query(
      'INSERT INTO personhood.migration (number, name, sha256) VALUES ($1, $2, $3)',
      [step.number, step.name, digest(step)],
      timeoutMs,
    )
    await connection.query('COMMIT', undefined, timeoutMs)
  } catch (error) {
    if (connection.isOpen) await connection.query('ROLLBACK', undefined, timeoutMs)
    throw error
  }
}

async function readApplied(
  connection: Connection,
  timeoutMs: number,
): Promise<readonly AppliedRow[]> {
  const [table] = await connection.query<{ readonly is_there: boolean }>(
    `SELECT to_regclass('personhood.migration') IS NOT NULL AS is_there`,
    [],
    timeoutMs,
  )
  if (table?.is_there !== true) return []
  return connection.query<AppliedRow>(
    'SELECT number, sha256 FROM personhood.migration ORDER BY number',
    [],
    timeoutMs,
  )
}

function pending(
  applied: readonly AppliedRow[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const [i, { number, sha256 }] of applied.entries()) {
    const step = migrations[i]
    if (step === undefined) {
      throw schema(`step ${number} is from a newer version of personhood: install that one`)
    }
    if (step.number !== number || digest(step) !== sha256) {
      throw schema(`step ${number} is not the one that this version knows; nothing was touched`)
    }
  }
  return migrations.slice(applied.length)
}

function digest({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex')
}

function schema(problem: string): PersonhoodError {
  return new PersonhoodError('store.schema', `the database's schema: ${problem}`)
}
