import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { OracleAnswer } from '../duplicate-oracle.ts'
import { GALLERY_TABLE } from '../gallery/gallery-rows.ts'
import { type GalleryOptions, openGallery } from '../gallery.ts'
import type { Log } from '../log.ts'
import { nextTurn } from '../next-turn.ts'
import { shardOfHandle } from '../postgres/gallery-shards.ts'
import type { PostgresStoreOptions } from '../postgres/postgres-options.ts'
import type { Readers } from '../postgres/readers.ts'
import type { Store } from '../store.ts'
import { type FollowedRows, followRows, type PersonRow } from './followed-rows.ts'
import type { Question } from './messages.ts'
import { createTurns } from './turns.ts'

/** The people of some shards, in one memory: a search looks at all of them at once. */
export type ShardGallery = {
  readonly size: number
  /** Persons of a shard that is held. */
  personsOf(shard: number): number
  /** Reads a shard from the database; false where it was let go of meanwhile. */
  load(shard: number): Promise<boolean>
  /** Forgets the people of shards. */
  drop(shards: readonly number[]): Promise<void>
  /** Takes in all that was committed before this call. */
  catchUp(): Promise<void>
  search(question: Question, signal: AbortSignal): Promise<OracleAnswer>
  close(): Promise<void>
}

/** What it is opened with. */
export type ShardGalleryOptions = {
  readonly store: PostgresStoreOptions
  readonly shards: number
  readonly gallery?: GalleryOptions
  /** The database has lost what was read of it, or a row is damaged: nothing in memory counts. */
  readonly onDoubt: () => void
  readonly log?: Log
}

/** Opens it with nobody in it. */
export async function openShardGallery(
  readers: Readers,
  { store, shards, gallery: search, onDoubt, log }: ShardGalleryOptions,
): Promise<ShardGallery> {
  const counts = new Map<number, number>()
  /** Who changed while a shard is read: what the change says is newer. */
  let touched: Set<string> | undefined
  let rows = await followRows(readers, store)
  let isOpening = true
  const gallery = await openGallery(
    storeOf(
      () => rows,
      shards,
      () => isOpening,
    ),
    { ...search, ...(log === undefined ? {} : { log }) },
  )
  isOpening = false
  const turns = createTurns(applyChanges)

  function put(row: PersonRow): void {
    const before = gallery.size
    if (row.value === undefined) gallery.erase(row.handle)
    else gallery.admitRow(row.handle, row.value)
    counts.set(row.shard, (counts.get(row.shard) ?? 0) + gallery.size - before)
  }

  async function applyChanges(): Promise<void> {
    try {
      for await (const changed of rows.changes([...counts.keys()])) {
        for (const row of changed) {
          touched?.add(row.handle)
          // It may have been dropped since this was asked for.
          if (counts.has(row.shard)) put(row)
        }
      }
    } catch (error) {
      if (!hasCode(error, 'store.unreachable')) {
        onDoubt()
        rows = await followRows(readers, store)
      }
      throw error
    }
  }

  return {
    get size() {
      return gallery.size
    },
    personsOf: (shard) => counts.get(shard) ?? 0,
    async load(shard) {
      const own = new Set<string>()
      // From here on changes of this shard are taken in; what is read below is not older.
      await turns.alone(() => {
        counts.set(shard, 0)
        touched = own
        return Promise.resolve()
      })
      try {
        for await (const page of rows.pages(shard)) {
          if (!counts.has(shard)) return false
          for (const row of page) if (!own.has(row.handle)) put(row)
          await nextTurn()
        }
        return counts.has(shard)
      } finally {
        touched = undefined
      }
    },
    async drop(gone) {
      for (const shard of gone) counts.delete(shard)
      const lost = new Set(gone)
      await gallery.forget((handle) => lost.has(shardOfHandle(handle, shards)))
    },
    catchUp: turns.fresh,
    search(question, signal) {
      const { references, mode, views, budgetMs: deadlineMs, gallerySize } = question
      return gallery.query(references, { mode, views, deadlineMs, gallerySize, signal })
    },
    close: () => gallery.close(),
  }
}

/** Where a lean gallery reads templates; it finds nobody there while it is opened. */
function storeOf(rows: () => FollowedRows, shards: number, isOpening: () => boolean): Store {
  return {
    get: (_table, handle) => rows().get(handle, shardOfHandle(handle, shards)),
    range: async (table, range = {}) =>
      table === GALLERY_TABLE && !isOpening() ? rows().range(range) : [],
    commit: () => Promise.reject(new PersonhoodError('call.shard', 'shards are only read here')),
    close: async () => undefined,
  }
}
