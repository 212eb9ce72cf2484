import { fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { GALLERY_TABLE } from '../gallery/gallery-rows.ts'
import type { PostgresStoreOptions } from '../postgres/postgres-options.ts'
import type { Readers } from '../postgres/readers.ts'
import { openEntry } from '../postgres/writer.ts'
import { placeText } from '../postgres/writer-session.ts'
import { type Entry, type Range, rowKey, rowRange } from '../store.ts'

/** A row of the gallery; without a value it was erased. */
export type PersonRow = {
  readonly shard: number
  readonly handle: string
  readonly value: Uint8Array | undefined
}

/** The gallery's rows by shard, and what becomes of them. */
export type FollowedRows = {
  /** All rows of a shard, a page at a time. */
  pages(shard: number): AsyncGenerator<readonly PersonRow[]>
  /**
   * All rows of these shards that were set since the last call by commits that ended before this one
   * began; `store.rewound` where the database is older than what was read of it. One call at a time.
   */
  changes(shards: readonly number[]): AsyncGenerator<readonly PersonRow[]>
  get(handle: string, shard: number): Promise<Uint8Array | undefined>
  /** Rows of all shards by handle. */
  range(range: Range): Promise<readonly Entry[]>
}

const PAGE_ROWS = 256
const CHANGES_OF_PAGE = 500
/** Above every row key: the whole commit was read. */
const END_OF_COMMIT = Uint8Array.of(0xff)

type StoredRow = {
  readonly shard: number
  readonly row_key: Uint8Array
  readonly value: Uint8Array | null
}

/** A writer's commits are numbered and end one after another, so that its last row read is a place. */
type Position = { readonly epoch: number; readonly seq: number; readonly rowKey: Uint8Array }

type ChangeRow = {
  readonly writer: string
  readonly now_epoch: number
  readonly now_seq: number
  readonly epoch: number
  readonly seq: number
  readonly shard: number | null
  readonly row_key: Uint8Array
  readonly value: Uint8Array | null
}

/** One snapshot: where each writer stands, and the first rows of each beyond what was read. */
const CHANGES_SQL = `
  SELECT w.writer, w.epoch::float8 AS now_epoch, w.seq::float8 AS now_seq,
    g.epoch::float8 AS epoch, g.seq::float8 AS seq, g.shard, g.row_key, g.value
  FROM personhood.writer w
  LEFT JOIN unnest($3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
    AS p (writer, epoch, seq, row_key) ON p.writer = w.writer
  LEFT JOIN LATERAL (
    SELECT c.epoch, c.seq, c.shard, c.row_key, c.value FROM personhood.gallery c
      WHERE c.district = $1 AND c.shard = ANY ($2::int[]) AND c.writer = w.writer
        AND (c.epoch, c.seq, c.row_key)
          > (coalesce(p.epoch, 0), coalesce(p.seq, 0), coalesce(p.row_key, ''::bytea))
      ORDER BY c.epoch, c.seq, c.row_key LIMIT ${CHANGES_OF_PAGE}
  ) g ON true
  WHERE w.district = $1
  ORDER BY w.writer, g.epoch, g.seq, g.row_key`

/** Begins to follow from now on: what is read by `pages` afterwards holds all that came before. */
export async function followRows(
  readers: Readers,
  options: PostgresStoreOptions,
): Promise<FollowedRows> {
  const place = placeText(options)
  const { district } = options
  const positions = new Map<string, Position>()

  function rowOf({ shard, row_key, value }: StoredRow): PersonRow {
    const handle = toText(row_key.subarray(row_key.indexOf(0) + 1))
    return {
      shard,
      handle,
      value: value === null ? undefined : openEntry(options, place, row_key, value),
    }
  }

  function readChanges(shards: readonly number[]): Promise<readonly ChangeRow[]> {
    const known = [...positions]
    return readers.query<ChangeRow>(CHANGES_SQL, [
      district,
      shards,
      known.map(([writer]) => writer),
      known.map(([, { epoch }]) => epoch),
      known.map(([, { seq }]) => seq),
      known.map(([, { rowKey }]) => rowKey),
    ])
  }

  /** Notes how far a page went; true where there may be more. */
  function advance(rows: readonly ChangeRow[]): boolean {
    const lastOf = new Map(rows.map((row) => [row.writer, row]))
    for (const [writer, known] of positions) {
      const now = lastOf.get(writer)
      if (!now || isBefore(now, known)) throw rewound(place, writer, known.seq)
    }
    let isMore = false
    for (const [writer, last] of lastOf) {
      const count = rows.reduce((sum, row) => sum + (row.writer === writer ? 1 : 0), 0)
      const isFull = count === CHANGES_OF_PAGE
      isMore ||= isFull
      const read = { epoch: last.epoch, seq: last.seq, rowKey: last.row_key }
      const all = { epoch: last.now_epoch, seq: last.now_seq, rowKey: END_OF_COMMIT }
      positions.set(writer, isFull ? read : all)
    }
    return isMore
  }

  advance(await readChanges([]))
  return {
    async *pages(shard) {
      let after = fromText('')
      for (;;) {
        const rows = await readers.query<StoredRow>(
          `SELECT shard, row_key, value FROM personhood.gallery
            WHERE district = $1 AND shard = $2 AND row_key > $3 AND value IS NOT NULL
            ORDER BY row_key LIMIT ${PAGE_ROWS}`,
          [district, shard, after],
        )
        yield rows.map(rowOf)
        const last = rows.at(-1)
        if (last === undefined || rows.length < PAGE_ROWS) return
        after = last.row_key
      }
    },
    async *changes(shards) {
      for (let isMore = true; isMore; ) {
        const rows = await readChanges(shards)
        // A row that cannot be read stops here, before it counts as read.
        const changed = rows.flatMap((row) =>
          row.shard === null ? [] : [rowOf({ ...row, shard: row.shard })],
        )
        isMore = advance(rows)
        yield changed
      }
    },
    async get(handle, shard) {
      const key = rowKey(GALLERY_TABLE, handle)
      const [row] = await readers.query<StoredRow>(
        `SELECT shard, row_key, value FROM personhood.gallery
          WHERE district = $1 AND shard = $2 AND row_key = $3 AND value IS NOT NULL`,
        [district, shard, key],
      )
      return row && rowOf(row).value
    },
    async range(range) {
      const { from, before } = rowRange(GALLERY_TABLE, range)
      const rows = await readers.query<StoredRow>(
        `SELECT shard, row_key, value FROM personhood.gallery
          WHERE district = $1 AND row_key >= $2 AND row_key < $3 AND value IS NOT NULL
          ORDER BY row_key LIMIT $4`,
        [district, from, before, range.limit ?? null],
      )
      return rows.map(rowOf).flatMap(({ handle: key, value }) => (value ? [{ key, value }] : []))
    },
  }
}

function isBefore({ now_epoch, now_seq }: ChangeRow, { epoch, seq }: Position): boolean {
  return now_epoch < epoch || (now_epoch === epoch && now_seq < seq)
}

function rewound(place: string, writer: string, seq: number): PersonhoodError {
  return new PersonhoodError(
    'store.rewound',
    `${place}: writer ${writer} stands before commit ${seq}, which was read`,
  )
}
