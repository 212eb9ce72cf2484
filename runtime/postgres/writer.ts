import { setTimeout as delay } from 'node:timers/promises'
import { fromText, toHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { storeDamaged, storeWrongKey } from '../store-faults.ts'
import { openRow, sealRow } from '../store-seal.ts'
import type { Connection } from './connection.ts'
import {
  type FaultKind,
  faultKind,
  inDoubt,
  isUndone,
  rewound,
  storeFault,
  taken,
  unreachable,
} from './faults.ts'
import { DISTRICT_SHARDS, isGalleryRow, shardOfRow } from './gallery-shards.ts'
import {
  BUSY_TIMEOUT_MS,
  COMMIT_TIMEOUT_MS,
  type PostgresStoreOptions,
} from './postgres-options.ts'
import { conditionKeys, type PreparedChange, settleGroup } from './rows.ts'
import {
  beginEpoch,
  connectWriter,
  placeText,
  readWriter,
  type WriterState,
  writerName,
} from './writer-session.ts'

/** The one session that writes. It is used for one group of changes at a time. */
export type Writer = {
  /** Shards of the district's gallery. */
  readonly shards: number
  /** All of the group in one transaction; which changes went through. */
  apply(changes: readonly PreparedChange[]): Promise<readonly boolean[]>
  close(): Promise<void>
}

const RETRY_MS = 100
const KEY_CHECK_ROW = fromText('!key')
const KEY_CHECK = fromText('personhood store 1')

/**
 * Raises the writer's count, which fences all other epochs, and sets and deletes the rows; rows of
 * the gallery go to their shards, with the number of this commit for those who follow. It also
 * lifts the statement's time limit from the COMMIT that follows: ended by the server while it waits
 * for a standby, a COMMIT reports success (docs/decisions/0024-postgresql-behind-the-store.md).
 */
const WRITE_SQL = `
  WITH fence AS (
    UPDATE personhood.writer SET seq = $4
      WHERE district = $1 AND writer = $2 AND epoch = $3 AND seq = $4 - 1 RETURNING 1
  ), put AS (
    INSERT INTO personhood.entry (district, row_key, value)
      SELECT $1, k, v FROM unnest($5::bytea[], $6::bytea[]) AS t (k, v)
      WHERE EXISTS (SELECT 1 FROM fence)
      ON CONFLICT (district, row_key) DO UPDATE SET value = excluded.value
  ), erased AS (
    DELETE FROM personhood.entry
      WHERE district = $1 AND row_key = ANY ($7::bytea[]) AND EXISTS (SELECT 1 FROM fence)
  ), people AS (
    INSERT INTO personhood.gallery (district, shard, row_key, value, writer, epoch, seq)
      SELECT $1, s, k, v, $2, $3, $4 FROM unnest($8::int[], $9::bytea[], $10::bytea[]) AS t (s, k, v)
      WHERE EXISTS (SELECT 1 FROM fence)
      ON CONFLICT (district, shard, row_key) DO UPDATE
        SET value = excluded.value, writer = $2, epoch = $3, seq = $4
  )
  SELECT count(*)::int AS fenced, set_config('statement_timeout', '0', true) FROM fence`

const READ_SQL = `
  SELECT row_key, value FROM personhood.entry WHERE district = $1 AND row_key = ANY ($2::bytea[])
  UNION ALL
  SELECT row_key, value FROM personhood.gallery
    WHERE district = $1 AND (shard, row_key) IN (SELECT * FROM unnest($3::int[], $4::bytea[]))
      AND value IS NOT NULL`

type Doubt = { readonly seq: number; readonly outcomes: readonly boolean[] }

/** Opens the writer: migrates, takes the lock, checks the key and begins an epoch. */
export async function openWriter(options: PostgresStoreOptions): Promise<Writer> {
  const timeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS
  const place = placeText(options)
  let connection: Connection | undefined
  try {
    connection = await connectWriter(options, timeoutMs)
    const shards = await openDistrict(connection, options, timeoutMs)
    const state = await beginEpoch(connection, options, timeoutMs)
    return new SessionWriter(options, connection, state, shards)
  } catch (error) {
    connection?.destroy()
    throw storeFault(place, error)
  }
}

class SessionWriter implements Writer {
  readonly #options: PostgresStoreOptions
  readonly #place: string
  readonly #timeoutMs: number
  readonly #epoch: number
  readonly #shards: number
  #connection: Connection
  #seq: number
  /** The COMMIT that was sent and not answered. */
  #doubt: Doubt | undefined
  /** Why nothing more is written. */
  #failure: PersonhoodError | undefined

  constructor(
    options: PostgresStoreOptions,
    connection: Connection,
    state: WriterState,
    shards: number,
  ) {
    this.#options = options
    this.#shards = shards
    this.#place = placeText(options)
    this.#timeoutMs = options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS
    this.#connection = connection
    this.#epoch = state.epoch
    this.#seq = state.seq
  }

  async apply(changes: readonly PreparedChange[]): Promise<readonly boolean[]> {
    if (this.#failure) throw this.#failure
    const end = performance.now() + this.#timeoutMs
    for (;;) {
      try {
        return await this.#attempt(changes, end)
      } catch (error) {
        await this.#endOrRetry(error, end)
      }
    }
  }

  get shards(): number {
    return this.#shards
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  /** Throws where another attempt is of no use; otherwise leaves a session that is in no transaction. */
  async #endOrRetry(error: unknown, end: number): Promise<void> {
    const kind = faultKind(error)
    const left = end - performance.now()
    if ((kind !== 'conflict' && kind !== 'gone') || left <= RETRY_MS) throw this.#end(kind, error)
    if (this.#connection.isOpen) {
      await this.#connection.query('ROLLBACK', undefined, left).catch(() => undefined)
    }
    // Two that met in conflict would meet again if both came back at once.
    await delay(kind === 'gone' ? RETRY_MS : Math.random() * 20)
  }

  /** The error of a group that is given up; the next one begins with a session of its own. */
  #end(kind: FaultKind, error: unknown): PersonhoodError {
    this.#connection.destroy()
    if (isFatal(error)) this.#failure = error
    else if (this.#doubt !== undefined) this.#failure = inDoubt(this.#place, error)
    if (this.#failure) return this.#failure
    return kind === 'conflict' || kind === 'gone'
      ? this.#late(kind, error)
      : storeFault(this.#place, error)
  }

  #late(kind: 'conflict' | 'gone', cause: unknown): PersonhoodError {
    if (kind === 'gone') return unreachable(this.#place, this.#timeoutMs, cause)
    return new PersonhoodError(
      'store.contended',
      `${this.#place}: others have changed the same rows for ${this.#timeoutMs} ms without end; nothing of the change is in the store`,
      { cause },
    )
  }

  async #attempt(changes: readonly PreparedChange[], end: number): Promise<readonly boolean[]> {
    const left = () => Math.max(1, end - performance.now())
    if (!this.#connection.isOpen) {
      this.#connection = await connectWriter(this.#options, left())
      await this.#resume(left())
    }
    const connection = this.#connection
    const doubt = this.#doubt
    if (doubt) return this.#confirm(doubt, left())
    await connection.query(
      `BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = ${Math.ceil(left())}`,
      undefined,
      left(),
    )
    const stored = await this.#read(conditionKeys(changes), left())
    const { outcomes, rows } = settleGroup(changes, stored)
    if (rows.length > 0) {
      const sealed = rows.map(({ key, value }) => ({
        key,
        value: value && sealRow(this.#options.key, key, value),
      }))
      const people = sealed.filter(({ key }) => isGalleryRow(key))
      const others = sealed.filter(({ key }) => !isGalleryRow(key))
      const puts = others.filter(({ value }) => value !== undefined)
      const erased = others.filter(({ value }) => value === undefined)
      const [result] = await connection.query<{ readonly fenced: number }>(
        WRITE_SQL,
        [
          ...this.#identity(),
          this.#seq + 1,
          puts.map(({ key }) => key),
          puts.map(({ value }) => value),
          erased.map(({ key }) => key),
          people.map(({ key }) => shardOfRow(key, this.#shards)),
          people.map(({ key }) => key),
          people.map(({ value }) => value ?? null),
        ],
        left(),
      )
      if (result?.fenced !== 1) throw taken(this.#place)
      this.#doubt = { seq: this.#seq + 1, outcomes }
    }
    try {
      await this.#commit(left())
    } catch (error) {
      if (isUndone(error)) this.#doubt = undefined
      throw error
    }
    this.#done()
    return outcomes
  }

  /** After a reconnection: what has become of the writer, and of the COMMIT that nobody answered. */
  async #resume(timeoutMs: number): Promise<void> {
    const state = await readWriter(this.#connection, this.#options, timeoutMs)
    if (state === undefined || state.epoch < this.#epoch) throw rewound(this.#place, this.#seq)
    if (state.epoch > this.#epoch) throw taken(this.#place)
    if (state.seq < this.#seq) throw rewound(this.#place, this.#seq - state.seq)
    if (state.seq === this.#seq) this.#doubt = undefined
  }

  /**
   * The change in doubt is there. It may have been seen before a synchronous standby has it: a
   * commit that comes after it in the log, and is acknowledged, says that the standby does.
   */
  async #confirm(doubt: Doubt, timeoutMs: number): Promise<readonly boolean[]> {
    await this.#connection.query('BEGIN', undefined, timeoutMs)
    await this.#connection.query(
      'UPDATE personhood.writer SET seq = seq WHERE district = $1 AND writer = $2 AND epoch = $3',
      this.#identity(),
      timeoutMs,
    )
    await this.#commit(timeoutMs)
    this.#done()
    return doubt.outcomes
  }

  async #commit(timeoutMs: number): Promise<void> {
    this.#connection.takeWarning()
    await this.#connection.query('COMMIT', undefined, timeoutMs)
    const warning = this.#connection.takeWarning()
    if (warning === undefined) return
    // "committed locally, but might not have been replicated": to be confirmed on a new session.
    this.#connection.destroy()
    throw new PersonhoodError('store.unreachable', `${this.#place}: ${warning}`)
  }

  #done(): void {
    if (this.#doubt) this.#seq = this.#doubt.seq
    this.#doubt = undefined
  }

  async #read(
    keys: readonly Uint8Array[],
    timeoutMs: number,
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    if (keys.length === 0) return new Map()
    const people = keys.filter(isGalleryRow)
    const rows = await this.#connection.query<{
      readonly row_key: Uint8Array
      readonly value: Uint8Array
    }>(
      READ_SQL,
      [
        this.#options.district,
        keys.filter((key) => !isGalleryRow(key)),
        people.map((key) => shardOfRow(key, this.#shards)),
        people,
      ],
      timeoutMs,
    )
    return new Map(
      rows.map(({ row_key, value }) => [
        toHex(row_key),
        openEntry(this.#options, this.#place, row_key, value),
      ]),
    )
  }

  #identity(): readonly [string, string, number] {
    return [this.#options.district, writerName(this.#options), this.#epoch]
  }
}

/** The value of an entry; throws `store.damaged` where it is not what was written. */
export function openEntry(
  { key }: PostgresStoreOptions,
  place: string,
  rowKey: Uint8Array,
  stored: Uint8Array,
): Uint8Array {
  const value = openRow(key, rowKey, stored)
  if (value) return value
  throw storeDamaged(place, new TextDecoder().decode(rowKey).replace('\0', '/'))
}

/**
 * Makes the district where it is new, and gives the shards of its gallery. One that was written
 * under another key is told at once, before anything is written under this one.
 */
export async function openDistrict(
  connection: Connection,
  options: PostgresStoreOptions,
  timeoutMs: number,
): Promise<number> {
  await connection.query(
    'INSERT INTO personhood.district (district, key_check, shards) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [
      options.district,
      sealRow(options.key, KEY_CHECK_ROW, KEY_CHECK),
      options.shards ?? DISTRICT_SHARDS,
    ],
    timeoutMs,
  )
  const [row] = await connection.query<{ readonly key_check: Uint8Array; readonly shards: number }>(
    'SELECT key_check, shards FROM personhood.district WHERE district = $1',
    [options.district],
    timeoutMs,
  )
  if (row === undefined || !openRow(options.key, KEY_CHECK_ROW, row.key_check)) {
    throw storeWrongKey(placeText(options))
  }
  return row.shards
}

function isFatal(error: unknown): error is PersonhoodError {
  const codes = ['store.taken', 'store.rewound', 'store.busy']
  return error instanceof PersonhoodError && codes.includes(error.code)
}
