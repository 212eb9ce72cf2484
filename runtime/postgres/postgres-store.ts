import { toText } from '../../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import { GALLERY_TABLE } from '../gallery/gallery-rows.ts'
import { createGroupCommit } from '../group-commit.ts'
import { type Change, type ListedStore, type Range, rowKey, rowRange } from '../store.ts'
import { isGalleryRow, shardOfRow } from './gallery-shards.ts'
import { type PostgresStoreOptions, READ_TIMEOUT_MS } from './postgres-options.ts'
import { createReaders } from './readers.ts'
import { prepareChange } from './rows.ts'
import { createPostgresSharing } from './sharing.ts'
import { openEntry, openWriter } from './writer.ts'
import { placeText } from './writer-session.ts'

const PEOPLE =
  'SELECT row_key, value FROM personhood.gallery WHERE district = $1 AND value IS NOT NULL AND'

type EntryRow = { readonly row_key: Uint8Array; readonly value: Uint8Array }

const SELECT = 'SELECT row_key, value FROM personhood.entry WHERE district = $1 AND'
/** Goes from table to table by the index, whatever they hold. */
const TABLES = `
  WITH RECURSIVE first (row_key) AS (
    (SELECT row_key FROM personhood.entry WHERE district = $1 ORDER BY row_key LIMIT 1)
    UNION ALL
    SELECT (SELECT e.row_key FROM personhood.entry e WHERE e.district = $1
      AND e.row_key >= substring(f.row_key FROM 1 FOR position('\\x00'::bytea IN f.row_key) - 1) || '\\x01'::bytea
      ORDER BY e.row_key LIMIT 1)
    FROM first f WHERE f.row_key IS NOT NULL
  )
  SELECT convert_from(substring(row_key FROM 1 FOR position('\\x00'::bytea IN row_key) - 1), 'UTF8') AS name
  FROM first WHERE row_key IS NOT NULL`

/**
 * A store in a PostgreSQL database. `store.busy` where another process has the same writer's name;
 * processes with names of their own may write the same district, and `sharing` lets them get along.
 * Changes that come while one commits share the next transaction; a lost connection is made again
 * within the deadline and no change is made twice or half.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<ListedStore> {
  const { district, key } = options
  if (key.length !== 32) {
    throw new PersonhoodError('call.key', `a store key has 32 bytes, not ${key.length}`)
  }
  const own = { ...options, key: Uint8Array.from(key) }
  const place = placeText(own)
  const writer = await openWriter(own)
  const readers = createReaders(own, place, own.readTimeoutMs ?? READ_TIMEOUT_MS)
  const commits = createGroupCommit(writer.apply.bind(writer), isFaultOfAll)
  const sharing = createPostgresSharing(own)
  let isClosed = false
  const assertOpen = () => {
    if (isClosed) throw new PersonhoodError('call.store-closed', `${place} is closed`)
  }

  return {
    sharing,
    async get(table, name) {
      assertOpen()
      const row = rowKey(table, name)
      const [found] = isGalleryRow(row)
        ? await readers.query<EntryRow>(`${PEOPLE} shard = $2 AND row_key = $3`, [
            district,
            shardOfRow(row, writer.shards),
            row,
          ])
        : await readers.query<EntryRow>(`${SELECT} row_key = $2`, [district, row])
      return found && openEntry(own, place, row, found.value)
    },
    async range(table, range: Range = {}) {
      assertOpen()
      const { from, before } = rowRange(table, range)
      const { limit = null, reverse = false } = range
      const rows = await readers.query<EntryRow>(
        `${table === GALLERY_TABLE ? PEOPLE : SELECT} row_key >= $2 AND row_key < $3 ORDER BY row_key ${reverse ? 'DESC' : 'ASC'} LIMIT $4`,
        [district, from, before, limit],
      )
      return rows.map(({ row_key, value }) => ({
        key: toText(row_key.subarray(row_key.indexOf(0) + 1)),
        value: openEntry(own, place, row_key, value),
      }))
    },
    async tables() {
      assertOpen()
      const rows = await readers.query<{ readonly name: string }>(TABLES, [district])
      const people = await readers.query(`${PEOPLE} true LIMIT 1`, [district])
      const names = rows.map(({ name }) => name)
      // Names are of ASCII alone, so that this is the order of their bytes.
      return people.length === 0 ? names : [...names, GALLERY_TABLE].sort()
    },
    // biome-ignore lint/suspicious/useAwait: a refused call rejects, it does not throw
    async commit(change: Change) {
      assertOpen()
      return commits.submit(prepareChange(change))
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await commits.drain()
      await Promise.all([sharing.close(), readers.close(), writer.close()])
    },
  }
}

/** Only a fault that may be of one change's size is looked for change by change. */
function isFaultOfAll(error: unknown): boolean {
  return !(hasCode(error, 'store.full') || hasCode(error, 'store.damaged'))
}
