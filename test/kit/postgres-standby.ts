import { join } from 'node:path'
import type { Test } from 'tap'
import { ownFolder, type PostgresServer, serve } from '../../bench/servers/postgres.ts'
import { eventually } from './eventually.ts'

/** A standby that confirms each commit of its primary, until it is promoted in its place. */
export type PostgresStandby = PostgresServer & { promote(): void }

/** Copies a primary and has it wait for the copy with each commit from now on. */
export async function startStandby(
  t: Test,
  primary: PostgresServer,
  lines = '',
): Promise<PostgresStandby> {
  const folder = ownFolder(t)
  const data = join(folder, 'data')
  const from = `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`
  // -R writes standby.signal and primary_conninfo.
  primary.run('pg_basebackup', [
    '-d',
    from,
    '-D',
    data,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
    '--no-sync',
  ])
  const standby = await serve(t, folder, data, lines)
  const raw = await primary.connect()
  await raw.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`, [], 5000)
  await raw.query('SELECT pg_reload_conf()', [], 5000)
  await eventually(async () => {
    const rows = await raw.query(
      `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'`,
      [],
      5000,
    )
    return rows.length === 1
  }, 'a synchronous standby')
  await raw.close()
  // One that is promoted waits for no other.
  return {
    ...standby,
    promote: () => void standby.run('pg_ctl', ['promote', '-D', data, '-w', '-t', '60']),
  }
}
