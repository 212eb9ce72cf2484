import type { Readers } from '../postgres/readers.ts'

/** The shards that a worker holds, each with the epoch of its lease. */
export type HeldShards = ReadonlyMap<number, number>

/** A worker's place in the table of leases. All times are the database's. */
export type Leases = {
  /** Says that the worker lives, renews what it holds and takes its fair share of what is free. */
  renew(): Promise<{ readonly held: HeldShards; readonly surplus: number }>
  /** Lets go of some, so that others may take them. */
  giveBack(shards: readonly number[]): Promise<void>
  /** Lets go of everything. */
  leave(): Promise<void>
}

/** Whose lease a shard is, and in which epoch; only while it has not run out. */
export type ValidLease = { readonly epoch: number; readonly worker: string }

/**
 * In one statement, so that it is done whole or not at all. A lease that has run out is free for all,
 * the one who had it included, and whoever takes it raises its epoch.
 */
const RENEW_SQL = `
  WITH me AS (
    INSERT INTO personhood.match_worker (district, worker, alive_until)
      VALUES ($1, $2, now() + $3 * interval '1 millisecond')
      ON CONFLICT (district, worker) DO UPDATE SET alive_until = excluded.alive_until
  ), others AS (
    SELECT count(*) AS n FROM personhood.match_worker
      WHERE district = $1 AND worker <> $2 AND alive_until > now()
  ), fair AS (
    SELECT ceil($4::numeric / (n + 1))::int AS share FROM others
  ), kept AS (
    UPDATE personhood.shard_lease SET lease_until = now() + $3 * interval '1 millisecond'
      WHERE district = $1 AND worker = $2 AND lease_until > now() RETURNING shard, epoch
  ), free AS MATERIALIZED (
    SELECT shard FROM personhood.shard_lease WHERE district = $1 AND lease_until <= now()
      ORDER BY shard LIMIT (SELECT greatest(0, share - (SELECT count(*) FROM kept)) FROM fair)
      FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE personhood.shard_lease l
      SET worker = $2, epoch = l.epoch + 1, lease_until = now() + $3 * interval '1 millisecond'
      FROM free WHERE l.district = $1 AND l.shard = free.shard RETURNING l.shard, l.epoch
  )
  SELECT shard, epoch::float8 AS epoch, share FROM kept, fair
  UNION ALL SELECT shard, epoch::float8, share FROM taken, fair`

const GIVE_BACK_SQL = `
  UPDATE personhood.shard_lease SET worker = NULL, lease_until = '-infinity'
    WHERE district = $1 AND worker = $2 AND ($3::int[] IS NULL OR shard = ANY ($3::int[]))`

/** Makes the rows of a district's leases and joins in. */
export async function openLeases(
  readers: Readers,
  district: string,
  worker: string,
  shards: number,
  leaseMs: number,
): Promise<Leases> {
  await readers.query(
    `INSERT INTO personhood.shard_lease (district, shard)
      SELECT $1, n FROM generate_series(0, $2::int - 1) AS n ON CONFLICT DO NOTHING`,
    [district, shards],
  )
  return {
    async renew() {
      const rows = await readers.query<{
        readonly shard: number
        readonly epoch: number
        readonly share: number
      }>(RENEW_SQL, [district, worker, leaseMs, shards])
      const held = new Map(rows.map(({ shard, epoch }) => [shard, epoch]))
      return { held, surplus: Math.max(0, held.size - (rows[0]?.share ?? shards)) }
    },
    async giveBack(given) {
      await readers.query(GIVE_BACK_SQL, [district, worker, given])
    },
    async leave() {
      await readers.query(GIVE_BACK_SQL, [district, worker, null])
      await readers.query(
        `DELETE FROM personhood.match_worker
          WHERE district = $1 AND (worker = $2 OR alive_until < now() - interval '1 hour')`,
        [district, worker],
      )
    },
  }
}

/**
 * The leases that hold now. A primary that is cut off from its synchronous standby cannot commit a
 * renewal, so that within the length of a lease nothing that it says counts any more.
 */
export async function validLeases(
  readers: Readers,
  district: string,
): Promise<ReadonlyMap<number, ValidLease>> {
  const rows = await readers.query<{
    readonly worker: string
    readonly leases: readonly (readonly [shard: number, epoch: number])[]
  }>(
    `SELECT worker, json_agg(json_build_array(shard, epoch)) AS leases FROM personhood.shard_lease
      WHERE district = $1 AND lease_until > now() GROUP BY worker`,
    [district],
  )
  return new Map(
    rows.flatMap(({ worker, leases }) =>
      leases.map(([shard, epoch]) => [shard, { epoch, worker }] as const),
    ),
  )
}
